#include "ssl/certificate_request.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "ssl/name_field.h"
#include "ssl/openssl/certificate.h"
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

bool add_extensions(X509_REQ* request, const RequestedNames& names) {
  const ExtensionsPtr extensions(sk_X509_EXTENSION_new_null());
  if (!add(extensions.get(), NID_key_usage, "critical,digitalSignature")) return false;
  if (!add(extensions.get(), NID_ext_key_usage, "clientAuth")) return false;
  std::string list;
  for (const std::string& name : names.dns) list += (list.empty() ? "DNS:" : ",DNS:") + name;
  if (!list.empty() && !add(extensions.get(), NID_subject_alt_name, list)) return false;
  return X509_REQ_add_extensions(request, extensions.get()) == 1;
}

}  // namespace

bool is_name_field(const std::string& name) { return OBJ_txt2nid(name.c_str()) != NID_undef; }

Result<CertificateRequest> make_request(const RequestedNames& names, NewKey kind) {
  for (const std::string& name : names.dns) {
    if (!is_dns_name(name))
      return fail(ErrorKind::usage, fmt::format("'{}' is no DNS name", name), "give it without blanks and commas");
  }

  ERR_clear_error();
  const KeyPtr key = generate(kind);
  if (!key) return cannot("make a private key");

  const RequestPtr request(X509_REQ_new());
  X509_NAME* const subject = X509_REQ_get_subject_name(request.get());
  for (const auto& [field, value] : names.subject) {
    if (X509_NAME_add_entry_by_txt(subject, field.c_str(), MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0) != 1) {
      return fail(ErrorKind::usage,
                  fmt::format("the subject field {}={} cannot be used: {}", field, value, openssl_error()),
                  "shorten it; a country has two letters");
    }
  }

  if (X509_REQ_set_pubkey(request.get(), key.get()) != 1 || !add_extensions(request.get(), names))
    return cannot("make a request");
  if (X509_REQ_sign(request.get(), key.get(), EVP_sha256()) <= 0) return cannot("sign the request");

  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) return cannot("write the request");
  return CertificateRequest{pem_of(key.get()), std::string(text_in(bio))};
}

}  // namespace muster::ssl
