// Reading and describing certificates. Private to this folder.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.h"
#include "ssl/identity.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// OpenSSL's last error in its own words with its number, "unknown error" when it left none; the queue is empty
// afterwards.
std::string openssl_error();

// For OpenSSL's readers of PEM: without it they ask at the terminal for the password of an encrypted block.
int refuse_password(char* buffer, int size, int writes, void* user);

std::string name_text(const X509_NAME* name);  // RFC 2253
std::string subject_of(const X509* certificate);
std::string der_of(X509* certificate);
WallTime wall_time(const ASN1_TIME* time);  // cut to what the clock can express: 1677 to 2262
CertificateSummary summary_of(X509* certificate);

// The parts of a summary that take some looking for (certificate_details.cpp).
std::vector<std::string> subject_names(X509* certificate);
std::vector<std::string> usages(X509* certificate);
std::string key_type(const EVP_PKEY* key);

// Every certificate of a PEM text, whatever stands around the blocks. A block that cannot be read is an error of
// the given kind that names `path` and the block's number. None at all gives an empty list.
Result<std::vector<CertificatePtr>> read_certificates(std::string_view pem, const std::filesystem::path& path,
                                                      ErrorKind kind);

}  // namespace muster::ssl
