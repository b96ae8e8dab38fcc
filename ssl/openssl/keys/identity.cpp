#include "ssl/identity.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "platform/base/text.h"
#include "platform/log.h"
#include "ssl/digest.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/keys/credentials.h"
#include "ssl/openssl/keys/objections.h"
#include "ssl/openssl/keys/openssl_identity.h"
#include "ssl/openssl/keys/rehearsal.h"
#include "ssl/openssl/revocation/own_revocation.h"

namespace muster::ssl {
namespace {

tl::unexpected<Error> wrong(std::string message, std::string remedy) {
  return fail(ErrorKind::identity, std::move(message), std::move(remedy));
}

void drop_equal(X509* leaf, std::vector<CertificatePtr>& others) {
  for (auto one = others.begin(); one != others.end();) {
    const bool known = X509_cmp(one->get(), leaf) == 0 || std::any_of(others.begin(), one, [&](const auto& before) {
                         return X509_cmp(before.get(), one->get()) == 0;
                       });
    one = known ? others.erase(one) : one + 1;
  }
}

bool has_issued(X509* issuer, X509* certificate) {
  // By signature too: a CA that changed its key has two certificates of one name.
  return X509_check_issued(issuer, certificate) == X509_V_OK && X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

// Of several certificates for one name and key: one in date, then one that leads further up, then the newest.
auto rank_of_issuer(X509* issuer, WallTime now) {
  const WallTime begins = wall_time(X509_get0_notBefore(issuer));
  const WallTime ends = wall_time(X509_get0_notAfter(issuer));
  return std::tuple(begins <= now && now <= ends, X509_self_signed(issuer, 0) != 1, begins, ends);
}

// Without the root: a server that trusts it has it.
CertificatesPtr sort_chain(X509* leaf, std::vector<CertificatePtr> others, const std::filesystem::path& path,
                           WallTime now) {
  drop_equal(leaf, others);
  CertificatesPtr chain(sk_X509_new_null());
  X509* last = leaf;
  for (;;) {
    auto issuer = others.end();
    for (auto one = others.begin(); one != others.end(); ++one) {
      if (!has_issued(one->get(), last)) continue;
      if (issuer == others.end() || rank_of_issuer(one->get(), now) > rank_of_issuer(issuer->get(), now)) issuer = one;
    }
    if (issuer == others.end()) break;

    const bool is_root = X509_self_signed(issuer->get(), 0) == 1;
    CertificatePtr found = std::move(*issuer);
    others.erase(issuer);
    if (is_root) break;
    last = found.release();
    sk_X509_push(chain.get(), last);
  }

  for (const CertificatePtr& stranger : others) {
    log::warning(
        fmt::format("{}: {} is not part of the chain and is left out", path.string(), subject_of(stranger.get())));
  }
  return chain;
}

Status check_dates(const CertificateSummary& leaf, const std::filesystem::path& path, WallTime now) {
  if (leaf.begins.empty() || leaf.ends.empty()) {
    return wrong(
        fmt::format("the client certificate {} ({}) has a date that cannot be read", path.string(), leaf.subject),
        "have it issued again");
  }

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
      SSL_CTX_use_cert_and_key(scratch.get(), identity.certificate(), identity.key(), identity.issuers(), 1) == 1) {
    const auto unsendable = why_unsendable(identity.certificate(), identity.key());
    if (!unsendable) return {};
    return wrong(fmt::format("the client certificate {} ({}) cannot be used for TLS: {}", files.certificate.string(),
                             identity.leaf().subject, *unsendable),
                 "have one issued for a key on the named curve P-256 or P-384, or for an RSA key");
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

namespace {

std::vector<Error> faults_of(X509* certificate, const IdentityFiles& files, WallTime now) {
  std::vector<Error> faults;
  for (const Status& checked :
       {check_usage(certificate, files.certificate), check_dates(summary_of(certificate), files.certificate, now)}) {
    if (!checked) faults.push_back(checked.error());
  }
  return faults;
}

// All that is to be checked of a pair that is whole, in the order in which it is reported.
std::vector<Error> faults_of(const OpensslIdentity& identity, const IdentityFiles& files, WallTime now) {
  std::vector<Error> faults = faults_of(identity.certificate(), files, now);
  if (auto usable = check_usable(identity, files); !usable) faults.push_back(usable.error());
  return faults;
}

// A beacon may have a renewed one: no reason not to try.
std::vector<Error> faults_of_issuers(const std::vector<CertificateSummary>& issuers, const IdentityFiles& files,
                                     WallTime now) {
  std::vector<Error> faults;
  for (const CertificateSummary& issuer : issuers) {
    if (now >= issuer.not_before && now <= issuer.not_after) continue;

    const bool expired = now > issuer.not_after;
    faults.emplace_back(ErrorKind::identity,
                        fmt::format("the issuer {} in the client certificate {} {} {}", issuer.subject,
                                    files.certificate.string(), expired ? "expired on" : "is not valid before",
                                    iso8601(expired ? issuer.not_after : issuer.not_before)),
                        expired ? "deploy the certificate again with the chain that its CA has now"
                                : "set this machine's clock, which says " + iso8601(now));
  }
  return faults;
}

bool is_open_to_others(const IdentityFiles& files) {
  const std::filesystem::path& path = is_pkcs12(files.certificate) ? files.certificate : files.key;
  return !read_secret_file(path, Privacy::required) && read_secret_file(path, Privacy::any);
}

}  // namespace

Result<std::shared_ptr<const OpensslIdentity>> load_whole(const IdentityFiles& files, Privacy privacy, WallTime now) {
  auto found = load_credentials(files, privacy, now);
  if (!found) return tl::unexpected(found.error());
  auto chain = sort_chain(found->leaf.get(), std::move(found->others), files.certificate, now);
  return std::make_shared<const OpensslIdentity>(std::move(found->leaf), std::move(chain), std::move(found->key));
}

Result<std::shared_ptr<const OpensslIdentity>> load_good(const IdentityFiles& files, Privacy privacy, WallTime now) {
  auto identity = load_whole(files, privacy, now);
  if (!identity) return identity;
  const auto faults = faults_of(**identity, files, now);
  if (!faults.empty()) return fail(faults.front());
  return identity;
}

Result<std::vector<JudgedCandidate>> judge_store(const StoreSelection&, WallTime) {
  return std::vector<JudgedCandidate>();
}

Result<std::shared_ptr<const Identity>> Identity::load(const IdentityFiles& files, WallTime now) {
  return load_good(files, Privacy::required, now);
}

std::vector<Error> Identity::problems_of(const IdentityFiles& files, WallTime now, const Trust* trust) {
  std::vector<Error> problems;
  const auto add = [&](std::vector<Error> more) { problems.insert(problems.end(), more.begin(), more.end()); };

  auto identity = load_whole(files, Privacy::required, now);
  if (!identity) {
    problems.push_back(identity.error());
    if (is_open_to_others(files)) identity = load_whole(files, Privacy::any, now);
  }

  if (!identity) {
    if (identity.error().line() != problems.front().line()) problems.push_back(identity.error());
    if (const auto certificates = load_certificates(files)) add(faults_of(certificates->front().get(), files, now));
    return problems;
  }

  add(faults_of(**identity, files, now));
  add(faults_of_issuers((*identity)->chain(), files, now));
  if (trust != nullptr) add((*identity)->revocations(*trust));
  return problems;
}

std::vector<Error> OpensslIdentity::warnings() const {
  std::vector<Error> warnings;
  for (const Objection& objection : objections_to(leaf_.get(), chain_.get())) {
    warnings.emplace_back(ErrorKind::identity,
                          fmt::format("{} refuse {} {}: {}{}", objection.who,
                                      objection.of_issuer ? "its issuer" : "the client certificate", objection.subject,
                                      objection.reason, objection.others_accept ? ", IIS accepts it" : ""),
                          objection.remedy);
  }
  return warnings;
}

std::vector<Error> OpensslIdentity::revocations(const Trust& trust) const {
  return own_revocations(*this, static_cast<const OpensslTrust&>(trust));
}

std::vector<CertificateSummary> OpensslIdentity::chain() const {
  std::vector<CertificateSummary> summaries;
  summaries.reserve(static_cast<std::size_t>(sk_X509_num(chain_.get())));
  for (int i = 0; i < sk_X509_num(chain_.get()); ++i) summaries.push_back(summary_of(sk_X509_value(chain_.get(), i)));
  return summaries;
}

}  // namespace muster::ssl
