#include "ssl/openssl/revocation/openssl_evidence.h"

#include <openssl/err.h>

#include <algorithm>

#include "ssl/digest.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/revocation/crl.h"
#include "ssl/openssl/revocation/crl_verdict.h"
#include "ssl/openssl/revocation/ocsp.h"

namespace muster::ssl {
namespace {

using Kind = WantedEvidence::Kind;

constexpr std::chrono::minutes not_asked_again{1};
constexpr std::chrono::minutes delta_not_asked_again{15};

std::string key_of(const WantedEvidence& wanted) { return wanted.url + '\0' + wanted.request; }

std::chrono::minutes pause_after_failure(const WantedEvidence& wanted) {
  return wanted.kind == Kind::delta_crl ? delta_not_asked_again : not_asked_again;
}

// The earlier of nextUpdate and the lifetime. What has no end, or had ended when it came, is looked at for a minute, so
// that it is not fetched in a circle, and is not cached.
WallTime end_of(std::optional<WallTime> next_update, seconds lifetime, WallTime fetched) {
  WallTime end = next_update.value_or(fetched);
  if (lifetime.count() != 0) end = next_update ? std::min(end, fetched + lifetime) : fetched + lifetime;
  return end > fetched ? end : fetched + not_asked_again;
}

// Both may be null: then neither is older.
bool is_older(const X509_CRL* one, const X509_CRL* other) {
  if (one == nullptr || other == nullptr) return false;
  return ASN1_TIME_compare(X509_CRL_get0_lastUpdate(one), X509_CRL_get0_lastUpdate(other)) == -1;
}

CertificatePtr parse_certificate(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  CertificatePtr certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  ERR_clear_error();
  return certificate;
}

// Why an answer is no evidence in this case; empty: it is.
std::string flaw_in(X509_CRL* crl, std::string_view ocsp, const WantedEvidence& wanted) {
  const CertificatePtr certificate = parse_certificate(wanted.certificate);
  const CertificatePtr issuer = parse_certificate(wanted.issuer);
  if (!certificate || !issuer) return "it is not known whom it is about";
  if (crl != nullptr) return flaw_of(crl, wanted.kind == Kind::delta_crl, certificate.get(), issuer.get());
  const OcspVerdict verdict = judge_ocsp(ocsp, certificate.get(), issuer.get());
  return verdict.status == OcspStatus::unknown ? verdict.why : std::string();
}

}  // namespace

std::shared_ptr<Evidence> Evidence::make(EvidenceRules rules) {
  return std::make_shared<OpensslEvidence>(std::move(rules));
}

Result<OpensslEvidence::Entry> OpensslEvidence::parse(const WantedEvidence& wanted, std::string_view content,
                                                      WallTime fetched) const {
  Entry entry;
  if (wanted.kind == Kind::ocsp) {
    auto next_update = next_update_of_ocsp(content);
    if (!next_update) return tl::unexpected(next_update.error());
    entry.ocsp = content;
    entry.ends = end_of(*next_update, rules_.ocsp_lifetime, fetched);
  } else {
    auto crls = read_crls(content, wanted.url);
    if (!crls) return tl::unexpected(crls.error());
    entry.crl = std::move(crls->front());
    entry.ends = end_of(next_update_of(entry.crl.get()), rules_.crl_lifetime, fetched);
  }
  entry.fetched = fetched;
  return entry;
}

// What another process has found out meanwhile counts as well. Null: nothing is known. What was never kept gets no
// entry: anybody can show a chain that names a thousand places.
OpensslEvidence::Entry* OpensslEvidence::find(const WantedEvidence& wanted, WallTime now) {
  const auto known = entries_.find(key_of(wanted));
  if (known != entries_.end() && now < known->second.ends) return &known->second;
  const bool is_new = known == entries_.end();
  const auto answer = cache_.answer(wanted, is_new ? WallTime() : known->second.fetched);
  const auto failure =
      cache_.failure(wanted, std::max(is_new ? WallTime() : known->second.failed, now - pause_after_failure(wanted)));
  if (is_new && !answer && !failure) return nullptr;
  Entry& entry = is_new ? entries_[key_of(wanted)] : known->second;
  if (answer) {
    auto parsed = parse(wanted, answer->content, std::min(answer->since, now));
    if (parsed && !is_older(parsed->crl.get(), entry.crl.get())) entry = std::move(*parsed);
    entry.fetched = std::min(answer->since, now);
  }
  if (failure) {
    entry.failed = std::min(failure->since, now);
    entry.failure = failure->content;
  }
  return &entry;
}

Status OpensslEvidence::keep(const WantedEvidence& wanted, std::string_view content, WallTime now) {
  auto fresh = parse(wanted, content, now);
  if (!fresh) return tl::unexpected(fresh.error());
  if (std::string flaw = flaw_in(fresh->crl.get(), fresh->ocsp, wanted); !flaw.empty()) {
    return fail(ErrorKind::untrusted_server, std::move(flaw));
  }
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[key_of(wanted)];
  const bool newer_known = is_older(fresh->crl.get(), entry.crl.get()) && flaw_in(entry.crl.get(), {}, wanted).empty();
  if (newer_known) {  // it comes from another server of that place, or somebody plays back what was
    fresh->crl = std::move(entry.crl);
    fresh->ends = end_of(next_update_of(fresh->crl.get()), rules_.crl_lifetime, now);
  }
  fresh->proven = true;
  entry = std::move(*fresh);
  if (entry.ends == now + not_asked_again) return {};
  cache_.store_answer(wanted, newer_known ? der_of(entry.crl.get()) : std::string(content));
  return {};
}

void OpensslEvidence::failed(const WantedEvidence& wanted, const std::string& why, WallTime now) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[key_of(wanted)];
  entry.failed = now;
  entry.failure = why;
  cache_.store_failure(wanted, why);
}

std::uint64_t OpensslEvidence::revocations() const {
  const std::lock_guard lock(mutex_);
  return revoked_.size();
}

void OpensslEvidence::found_revoked(const std::string& certificate) {
  const std::lock_guard lock(mutex_);
  revoked_.insert(sha256(certificate));
}

std::optional<OpensslEvidence::Known> OpensslEvidence::crl(const WantedEvidence& wanted, WallTime now) {
  const std::lock_guard lock(mutex_);
  const Entry* const known = find(wanted, now);
  if (known == nullptr || !known->crl) return std::nullopt;
  X509_CRL_up_ref(known->crl.get());
  return Known{CrlPtr(known->crl.get()), now < known->ends};
}

std::optional<OpensslEvidence::KnownOcsp> OpensslEvidence::ocsp(const WantedEvidence& wanted, WallTime now) {
  const std::lock_guard lock(mutex_);
  const Entry* const known = find(wanted, now);
  if (known == nullptr || known->ocsp.empty()) return std::nullopt;
  return KnownOcsp{known->ocsp, now < known->ends};
}

bool OpensslEvidence::worth_fetching(const WantedEvidence& wanted, WallTime now) {
  const std::lock_guard lock(mutex_);
  Entry* const known = find(wanted, now);
  if (known == nullptr) return true;
  if (now < known->ends) {
    if (!known->proven) known->proven = flaw_in(known->crl.get(), known->ocsp, wanted).empty();
    if (known->proven) return false;
  }
  return known->failure.empty() || now >= known->failed + pause_after_failure(wanted);
}

std::string OpensslEvidence::failure(const WantedEvidence& wanted, WallTime now) {
  const std::lock_guard lock(mutex_);
  const Entry* const known = find(wanted, now);
  return known == nullptr ? std::string() : known->failure;
}

}  // namespace muster::ssl
