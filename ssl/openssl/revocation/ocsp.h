// OCSP (RFC 6960): what is asked, and what an answer is worth. Private to ssl/openssl/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// A request about one certificate, DER, without nonce, so that answers can be cached. Empty when memory has run out.
std::string ocsp_request(X509* certificate, X509* issuer);

enum class OcspStatus { good, revoked, unknown };

struct OcspVerdict {
  OcspStatus status = OcspStatus::unknown;
  std::string why;  // unknown: what is wrong with the answer
};

// What a response in DER says of a certificate: signed by its issuer, or by somebody to whom that one has delegated it
// (4.2.2.2), and in date by this machine's clock within five minutes.
OcspVerdict judge_ocsp(std::string_view response, X509* certificate, X509* issuer);

// When the first answer in a response ends, nullopt when it does not say. An error: this is no OCSP response.
Result<std::optional<WallTime>> next_update_of_ocsp(std::string_view response);

}  // namespace muster::ssl
