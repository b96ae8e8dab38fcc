#include "ssl/identity.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "platform/base/secret.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"
#include "ssl/digest.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/openssl_identity.h"
#include "ssl/openssl/private_key.h"

namespace muster::ssl {
namespace {

constexpr std::uint64_t largest_certificate_file = 1 << 20;

tl::unexpected<Error> wrong(std::string message, std::string cure) {
  return fail(ErrorKind::identity, std::move(message), std::move(cure));
}

Result<std::vector<CertificatePtr>> load_certificates(const std::filesystem::path& path) {
  auto content = platform::read_file(path, largest_certificate_file);
  if (!content) {
    return wrong("client certificate: " + content.error().message,
                 platform::absent(path)
                     ? "deploy the client certificate there, or set SSLClientCertificateFile to where it is"
                     : content.error().cure);
  }
  const Secret file(std::move(*content));  // some put the key into the same file
  const auto pem = file.reveal();
  auto certificates = read_certificates(pem, path, ErrorKind::identity);
  if (!certificates || !certificates->empty()) return certificates;
  if (pem.empty()) return wrong(fmt::format("the client certificate {} is empty", path.string()), "deploy it again");
  const bool key = pem.find("PRIVATE KEY") != std::string_view::npos;
  return wrong(fmt::format("{} holds {}, not a certificate in PEM form", path.string(),
                           key ? "a private key" : "something else"),
               "set SSLClientCertificateFile to the certificate, in PEM form");
}

// The leaf is the one whose key we have, wherever it stands in the file. Where a renewed certificate was added for
// the same key, the one that ends last among those already valid.
Result<CertificatePtr> take_leaf(std::vector<CertificatePtr>& certificates, EVP_PKEY* key, const IdentityFiles& files,
                                 WallTime now) {
  const auto rank = [&](const CertificatePtr& one) {
    return std::pair(wall_time(X509_get0_notBefore(one.get())) <= now, wall_time(X509_get0_notAfter(one.get())));
  };
  auto leaf = certificates.end();
  for (auto one = certificates.begin(); one != certificates.end(); ++one) {
    if (EVP_PKEY_eq(X509_get0_pubkey(one->get()), key) != 1) continue;
    if (leaf == certificates.end() || rank(*one) > rank(*leaf)) leaf = one;
  }
  if (leaf == certificates.end()) {
    return wrong(fmt::format("the private key {} does not belong to the client certificate {} ({})", files.key.string(),
                             files.certificate.string(), subject_of(certificates.front().get())),
                 "deploy a certificate and a key that were made for each other");
  }
  CertificatePtr found = std::move(*leaf);
  certificates.erase(leaf);
  return found;
}

CertificatesPtr sort_chain(X509* leaf, std::vector<CertificatePtr> others, const std::filesystem::path& path) {
  CertificatesPtr chain(sk_X509_new_null());
  X509* last = leaf;
  for (;;) {
    const auto issuer = std::find_if(others.begin(), others.end(), [&](const CertificatePtr& one) {
      // By signature too: a CA that changed its key has two certificates of one name.
      return X509_check_issued(one.get(), last) == X509_V_OK && X509_verify(last, X509_get0_pubkey(one.get())) == 1;
    });
    if (issuer == others.end()) break;
    last = issuer->release();
    others.erase(issuer);
    sk_X509_push(chain.get(), last);
  }
  for (const CertificatePtr& stranger : others) {
    log::warning(
        fmt::format("{}: {} is not part of the chain and is left out", path.string(), subject_of(stranger.get())));
  }
  return chain;
}

Status check_dates(const CertificateSummary& leaf, const std::filesystem::path& path, WallTime now) {
  if (now > leaf.not_after) {
    return wrong(fmt::format("the client certificate {} ({}) expired on {}", path.string(), leaf.subject,
                             iso8601(leaf.not_after)),
                 "deploy a renewed one; if it is in date, set this machine's clock, which says " + iso8601(now));
  }
  if (now < leaf.not_before) {
    return wrong(fmt::format("the client certificate {} ({}) is not valid before {}", path.string(), leaf.subject,
                             iso8601(leaf.not_before)),
                 "set this machine's clock, which says " + iso8601(now));
  }
  return {};
}

Status check_usage(X509* leaf, const std::filesystem::path& path) {
  const std::uint32_t extensions = X509_get_extension_flags(leaf);
  const std::uint32_t purposes = X509_get_extended_key_usage(leaf);
  if ((extensions & EXFLAG_INVALID) != 0) {
    return wrong(
        fmt::format("the client certificate {} has extensions that cannot be read: {}", path.string(), openssl_error()),
        "have it issued again");
  }
  if ((extensions & EXFLAG_XKUSAGE) != 0 && (purposes & (XKU_SSL_CLIENT | XKU_ANYEKU)) == 0) {
    return wrong(
        fmt::format("the client certificate {} is not for client authentication (extended key usage)", path.string()),
        "have it issued again with the usage clientAuth");
  }
  if ((X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0) {
    return wrong(
        fmt::format("the client certificate {} may not sign (key usage without digitalSignature)", path.string()),
        "have it issued again with the key usage digitalSignature");
  }
  return {};
}

// What the library would refuse in every handshake: keys too short, digests too weak, algorithms that cannot sign.
Status check_usable(const OpensslIdentity& identity, const IdentityFiles& files) {
  const ContextPtr scratch(SSL_CTX_new(TLS_client_method()));
  ERR_clear_error();
  if (scratch &&
      SSL_CTX_use_cert_and_key(scratch.get(), identity.certificate(), identity.key(), identity.chain(), 1) == 1) {
    return {};
  }
  return wrong(fmt::format("the client certificate {} ({}) cannot be used for TLS: {}", files.certificate.string(),
                           identity.leaf().subject, openssl_error()),
               "have it issued again, with a stronger key and SHA-256 or better");
}

}  // namespace

OpensslIdentity::OpensslIdentity(CertificatePtr leaf, CertificatesPtr chain, KeyPtr key)
    : leaf_(std::move(leaf)), chain_(std::move(chain)), key_(std::move(key)), summary_(summary_of(leaf_.get())) {
  Sha256 hash;
  hash.update(der_of(leaf_.get()));
  for (int i = 0; i < sk_X509_num(chain_.get()); ++i) hash.update(der_of(sk_X509_value(chain_.get(), i)));
  content_key_ = text::hex(hash.finish());
}

Result<std::shared_ptr<const Identity>> Identity::load(const IdentityFiles& files, WallTime now) {
  auto certificates = load_certificates(files.certificate);
  if (!certificates) return tl::unexpected(certificates.error());
  auto key = load_private_key(files.key, files.key_password_file, files.ask_key_password);
  if (!key) return tl::unexpected(key.error());
  auto leaf = take_leaf(*certificates, key->get(), files, now);
  if (!leaf) return tl::unexpected(leaf.error());
  if (auto usable = check_usage(leaf->get(), files.certificate); !usable) return tl::unexpected(usable.error());
  auto chain = sort_chain(leaf->get(), std::move(*certificates), files.certificate);
  auto identity = std::make_shared<const OpensslIdentity>(std::move(*leaf), std::move(chain), std::move(*key));
  if (auto valid = check_dates(identity->leaf(), files.certificate, now); !valid) return tl::unexpected(valid.error());
  if (auto usable = check_usable(*identity, files); !usable) return tl::unexpected(usable.error());
  return identity;
}

}  // namespace muster::ssl
