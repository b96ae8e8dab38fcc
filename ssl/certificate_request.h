// A new private key, and the request that a CA makes a client certificate from (PKCS#10, RFC 2986).
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "ssl/identity.h"

namespace muster::ssl {

enum class NewKey { ec_p256, rsa_3072 };

struct RequestedNames {
  std::vector<std::pair<std::string, std::string>> subject;  // {"CN", "device"}, in this order
  std::vector<std::string> dns;                              // subjectAltName; may be empty
  // In place of both: DER of the subject and of the subjectAltName of a certificate that is to be renewed.
  std::string encoded_subject = {};
  std::string encoded_alternatives = {};
};

// The names of the client certificate in `files`, as they are encoded there. It may have expired, and its key may be
// missing. Errors are of kind identity.
Result<RequestedNames> names_in(const IdentityFiles& files, WallTime now);

// Reads "CN=device,O=Example"; a comma in a value is written "\\,". An unknown field is an error of kind usage.
Result<std::vector<std::pair<std::string, std::string>>> parse_subject(const std::string& text);

struct CertificateRequest {
  Secret key;           // PKCS#8 PEM without a password
  std::string request;  // PEM
};

// For client authentication (RFC 5280, 4.2.1.12) and digital signatures.
Result<CertificateRequest> make_request(const RequestedNames& names, NewKey key);

// The same, as PEM, for the key of an earlier request, which waits in a private file.
Result<std::string> make_request_for(const std::filesystem::path& key, const RequestedNames& names);

}  // namespace muster::ssl
