// OCSP (RFC 6960): requests, and the facts that revocation is judged by. Private to ssl/openssl/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ssl/openssl/types.h"
#include "ssl/revocation.h"

namespace muster::ssl {

// A request about one certificate, DER, without nonce, so that answers can be cached. Empty when memory has run out.
std::string ocsp_request(X509* certificate, X509* issuer);

// What a response in DER says about a certificate: signed by its issuer, or by a delegate of that (4.2.2.2) whose
// certificate is in date at `now`. Of several answers in it the newest one counts. `place` as in OcspFacts.
OcspFacts ocsp_facts(std::string_view response, const std::string& place, X509* certificate, X509* issuer,
                     WallTime now);

// When the first answer in a response ends; nullopt: it does not say, or this is no OCSP response.
std::optional<WallTime> next_update_of_ocsp(std::string_view response);

}  // namespace muster::ssl
