#include "ssl/certificate_request.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "ssl/name_field.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/keys/credentials.h"
#include "ssl/openssl/keys/openssl_identity.h"
#include "ssl/openssl/keys/pem_text.h"

namespace muster::ssl {
namespace {

using RequestPtr = std::unique_ptr<X509_REQ, Free<X509_REQ_free>>;
inline void free_extensions(STACK_OF(X509_EXTENSION)* extensions) {
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}
using ExtensionsPtr = std::unique_ptr<STACK_OF(X509_EXTENSION), Free<free_extensions>>;

constexpr unsigned rsa_bits = 3072;

tl::unexpected<Error> cannot(const char* what) {
  return fail(ErrorKind::failure, fmt::format("cannot {}: {}", what, openssl_error()));
}

KeyPtr generate(NewKey kind) { return KeyPtr(kind == NewKey::ec_p256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(rsa_bits)); }

bool add(STACK_OF(X509_EXTENSION)* extensions, int nid, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  return extension != nullptr && sk_X509_EXTENSION_push(extensions, extension) > 0;
}

// What the library reads as a list must not be able to add to it.
bool is_dns_name(const std::string& name) {
  constexpr std::size_t longest = 253;
  return !name.empty() && name.size() <= longest &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") ==
             std::string::npos;
}

bool add_encoded_alternatives(STACK_OF(X509_EXTENSION)* extensions, const std::string& encoded) {
  const std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>> value(ASN1_OCTET_STRING_new());
  const auto* const bytes = reinterpret_cast<const unsigned char*>(encoded.data());
  if (ASN1_OCTET_STRING_set(value.get(), bytes, static_cast<int>(encoded.size())) != 1) return false;
  X509_EXTENSION* const extension = X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, value.get());
  return extension != nullptr && sk_X509_EXTENSION_push(extensions, extension) > 0;
}

bool add_extensions(X509_REQ* request, const RequestedNames& names) {
  const ExtensionsPtr extensions(sk_X509_EXTENSION_new_null());
  if (!add(extensions.get(), NID_key_usage, "critical,digitalSignature")) return false;
  if (!add(extensions.get(), NID_ext_key_usage, "clientAuth")) return false;
  std::string list;
  for (const std::string& name : names.dns) list += (list.empty() ? "DNS:" : ",DNS:") + name;
  if (!names.encoded_alternatives.empty()) {
    if (!add_encoded_alternatives(extensions.get(), names.encoded_alternatives)) return false;
  } else if (!list.empty() && !add(extensions.get(), NID_subject_alt_name, list)) {
    return false;
  }
  return X509_REQ_add_extensions(request, extensions.get()) == 1;
}

bool set_encoded_subject(X509_REQ* request, const std::string& encoded) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(encoded.data());
  const std::unique_ptr<X509_NAME, Free<X509_NAME_free>> subject(
      d2i_X509_NAME(nullptr, &bytes, static_cast<long>(encoded.size())));
  return subject != nullptr && X509_REQ_set_subject_name(request, subject.get()) == 1;
}

Status set_subject(X509_REQ* request, const RequestedNames& names) {
  if (!names.encoded_subject.empty()) {
    if (set_encoded_subject(request, names.encoded_subject)) return {};
    return cannot("copy the subject of the certificate");
  }

  X509_NAME* const subject = X509_REQ_get_subject_name(request);
  for (const auto& [field, value] : names.subject) {
    if (X509_NAME_add_entry_by_txt(subject, field.c_str(), MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0) != 1) {
      return fail(ErrorKind::usage,
                  fmt::format("the subject field {}={} cannot be used: {}", field, value, openssl_error()),
                  "shorten it; a country has two letters");
    }
  }
  return {};
}

// As PEM.
Result<std::string> request_of(EVP_PKEY* key, const RequestedNames& names) {
  for (const std::string& name : names.dns) {
    if (!is_dns_name(name))
      return fail(ErrorKind::usage, fmt::format("'{}' is no DNS name", name), "give it without blanks and commas");
  }

  const RequestPtr request(X509_REQ_new());
  if (auto set = set_subject(request.get(), names); !set) return tl::unexpected(set.error());
  if (X509_REQ_set_pubkey(request.get(), key) != 1 || !add_extensions(request.get(), names))
    return cannot("make a request");

  // Ed25519 has a digest of its own.
  const EVP_MD* const digest = EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
  if (X509_REQ_sign(request.get(), key, digest) <= 0) return cannot("sign the request");
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) return cannot("write the request");
  return std::string(text_in(bio));
}

std::string encoded(const X509_NAME* name) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_NAME(name, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

RequestedNames names_of(const X509* certificate) {
  RequestedNames names;
  names.encoded_subject = encoded(X509_get_subject_name(certificate));

  const int place = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
  if (place < 0) return names;
  const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(X509_get_ext(certificate, place));
  names.encoded_alternatives.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                    static_cast<std::size_t>(ASN1_STRING_length(value)));
  return names;
}

}  // namespace

bool is_name_field(const std::string& name) { return OBJ_txt2nid(name.c_str()) != NID_undef; }

Result<CertificateRequest> make_request(const RequestedNames& names, NewKey kind) {
  ERR_clear_error();
  const KeyPtr key = generate(kind);
  if (!key) return cannot("make a private key");
  auto request = request_of(key.get(), names);
  if (!request) return tl::unexpected(request.error());
  return CertificateRequest{pem_of(key.get()), std::move(*request)};
}

Result<std::string> make_request_for(const std::filesystem::path& path, const RequestedNames& names) {
  const auto text = read_secret_file(path, Privacy::required);
  if (!text) return tl::unexpected(text.error());
  IdentityFiles files;
  files.key = path;
  const auto key = parse_private_key(*text, files);
  if (!key) return tl::unexpected(key.error());
  ERR_clear_error();
  return request_of(key->get(), names);
}

Result<RequestedNames> names_in(const IdentityFiles& files, WallTime now) {
  if (const auto whole = load_whole(files, Privacy::required, now)) return names_of((*whole)->certificate());
  const auto certificates = load_certificates(files);
  if (!certificates) return tl::unexpected(certificates.error());
  return names_of(certificates->front().get());
}

}  // namespace muster::ssl
