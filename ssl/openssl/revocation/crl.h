// Reading CRLs (RFC 5280, 5). Private to ssl/openssl/.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// One or more CRLs, in PEM or in DER. Anything else, and anything after them in DER, is an error of kind
// untrusted_server that names `path`.
Result<std::vector<CrlPtr>> read_crls(std::string_view content, const std::filesystem::path& path);

std::optional<WallTime> next_update_of(const X509_CRL* crl);

std::string der_of(X509_CRL* crl);

// Whether a CRL with the signature of `issuer` lists the certificate, in date or not.
bool lists(X509_CRL* crl, X509* certificate, X509* issuer);

}  // namespace muster::ssl
