#include "ssl/openssl/keys/objections.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "ssl/openssl/certificate.h"

namespace muster::ssl {
namespace {

using VerificationPtr = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;
using BitsPtr = std::unique_ptr<ASN1_BIT_STRING, Free<ASN1_BIT_STRING_free>>;

// What depends on the CAs that a server trusts and on the time.
bool is_up_to_the_server(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED: return true;
    default: return false;
  }
}

bool allows_any_purpose_only(X509* certificate) {
  const std::uint32_t purposes = X509_get_extended_key_usage(certificate);
  return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 && (purposes & XKU_ANYEKU) != 0 &&
         (purposes & XKU_SSL_CLIENT) == 0;
}

bool is_of_another_netscape_type(X509* certificate) {
  constexpr int ssl_client_bit = 0;
  const BitsPtr type(
      static_cast<ASN1_BIT_STRING*>(X509_get_ext_d2i(certificate, NID_netscape_cert_type, nullptr, nullptr)));
  return type != nullptr && ASN1_BIT_STRING_get_bit(type.get(), ssl_client_bit) != 1;
}

std::string unknown_critical_extension(X509* certificate) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* const extension = X509_get_ext(certificate, i);
    if (X509_EXTENSION_get_critical(extension) != 1 || X509_supported_extension(extension) == 1) continue;
    std::array<char, 80> name{};
    OBJ_obj2txt(name.data(), name.size(), X509_EXTENSION_get_object(extension), 1);
    return name.data();
  }
  return "unknown";
}

Objection objection_to(X509* certificate, int error) {
  Objection found;
  found.subject = subject_of(certificate);
  found.reason = X509_verify_cert_error_string(error);
  found.remedy = "have it issued again";

  const auto some_refuse = [&](std::string reason, const char* remedy) {
    found.reason = std::move(reason);
    found.remedy = remedy;
    found.others_accept = true;
  };

  const bool wrong_purpose = error == X509_V_ERR_INVALID_PURPOSE;
  if (error == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION) {
    some_refuse(fmt::format("its critical extension {} is not known to them", unknown_critical_extension(certificate)),
                "have it issued again without that extension, or with one that is not critical");
  } else if (wrong_purpose && allows_any_purpose_only(certificate)) {
    some_refuse("its extended key usage is anyExtendedKeyUsage alone",
                "have it issued again with the extended key usage clientAuth");
  } else if (wrong_purpose && is_of_another_netscape_type(certificate)) {
    some_refuse("its Netscape certificate type (nsCertType) is not that of a TLS client",
                "have it issued again without nsCertType");
  }

  found.reason += fmt::format(" ({})", error);
  return found;
}

int collect(int fine, X509_STORE_CTX* verification) {
  const int error = X509_STORE_CTX_get_error(verification);
  if (fine == 1 || is_up_to_the_server(error)) return 1;
  auto& found = *static_cast<std::vector<Objection>*>(X509_STORE_CTX_get_app_data(verification));
  Objection one = objection_to(X509_STORE_CTX_get_current_cert(verification), error);
  one.of_issuer = X509_STORE_CTX_get_error_depth(verification) > 0;
  const bool is_new = std::none_of(found.begin(), found.end(), [&](const Objection& known) {
    return known.subject == one.subject && known.reason == one.reason;
  });
  if (is_new) found.push_back(std::move(one));
  return 1;
}

bool is_dsa(X509* certificate) {
  const EVP_PKEY* const key = X509_get0_pubkey(certificate);
  return key != nullptr && EVP_PKEY_is_a(key, "DSA") == 1;
}

}  // namespace

std::vector<Objection> objections_to(X509* leaf, STACK_OF(X509)* issuers) {
  std::vector<Objection> found;
  if (is_dsa(leaf)) {
    Objection one;
    one.subject = subject_of(leaf);
    one.who = "servers with TLS 1.3 alone";
    one.reason = "its key is a DSA key, for which TLS 1.3 has no place";
    one.remedy = "have one issued for an EC P-256 or RSA key";
    found.push_back(std::move(one));
  }

  const StorePtr nothing_trusted(X509_STORE_new());
  const VerificationPtr verification(X509_STORE_CTX_new());
  if (!nothing_trusted || !verification ||
      X509_STORE_CTX_init(verification.get(), nothing_trusted.get(), leaf, issuers) != 1) {
    return found;
  }

  const ContextPtr usual(SSL_CTX_new(TLS_server_method()));
  if (usual) {
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(verification.get()),
                                     SSL_CTX_get_security_level(usual.get()));
  }

  X509_STORE_CTX_set_purpose(verification.get(), X509_PURPOSE_SSL_CLIENT);
  X509_STORE_CTX_set_app_data(verification.get(), &found);
  X509_STORE_CTX_set_verify_cb(verification.get(), &collect);
  static_cast<void>(X509_verify_cert(verification.get()));
  ERR_clear_error();
  return found;
}

}  // namespace muster::ssl
