#include "ssl/openssl/revocation/openssl_evidence.h"

#include <fmt/core.h>
#include <openssl/err.h>

#include <algorithm>

#include "ssl/crl_weighing.h"
#include "ssl/digest.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/revocation/gathering.h"
#include "ssl/openssl/revocation/ocsp.h"

namespace muster::ssl {
namespace {

using Kind = WantedEvidence::Kind;

constexpr std::chrono::minutes retry_pause{1};
constexpr std::chrono::minutes delta_retry_pause{15};

struct Pair {
  CertificatePtr certificate;
  CertificatePtr issuer;
};

CertificatePtr parse_certificate(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  CertificatePtr certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  ERR_clear_error();
  return certificate;
}

Result<Pair> certificates_of(const WantedEvidence& wanted) {
  Pair pair{parse_certificate(wanted.certificate), parse_certificate(wanted.issuer)};
  if (!pair.certificate || !pair.issuer)
    return fail(ErrorKind::failure, "it is not known which certificate it is about");
  return pair;
}

// The issuer by name and key: one place may have CRLs of several issuers.
PlaceKey key_of(const WantedEvidence& wanted) {
  std::string issuer = wanted.issuer;
  if (const CertificatePtr certificate = parse_certificate(wanted.issuer)) {
    issuer = subject_of(certificate.get()) + '\0' + public_key_digest(certificate.get());
  }
  const char* const kind = wanted.kind == Kind::delta_crl ? "delta" : "";
  return {wanted.kind, wanted.url + '\0' + wanted.request + '\0' + kind + '\0' + sha256(issuer)};
}

std::chrono::minutes pause_after_failure(Kind kind) {
  return kind == Kind::delta_crl ? delta_retry_pause : retry_pause;
}

bool is_just_past(WallTime time, std::chrono::minutes pause, WallTime now) { return time <= now && now < time + pause; }

// Why none of the CRLs is of use; empty: one is. For what it revokes, also one that has expired or is not valid yet.
std::string flaw_of(const CrlList& crls, const WantedEvidence& wanted, const Pair& about, WallTime now) {
  const bool wants_delta = wanted.kind == Kind::delta_crl;
  const CertificateFacts certificate = facts_of(about.certificate.get(), false);
  std::string flaw;
  for (const auto& crl : crls) {
    if (!crl->is_of(about.issuer.get()) || crl->facts().is_delta != wants_delta) continue;

    const CrlFacts facts = crl->facts_about(about.certificate.get(), about.issuer.get());
    const bool is_listed = facts.entry != CrlEntry::none;
    std::string found = flaw_of(facts, certificate, is_listed ? std::max(now, facts.this_update) : now);
    if (found.empty()) return {};
    flaw = std::move(found);
  }
  if (!flaw.empty()) return flaw;
  return fmt::format("it is no {} CRL of {}", wants_delta ? "delta" : "complete", subject_of(about.issuer.get()));
}

bool replaces(const CrlFacts& later, const CrlFacts& former) {
  return later.is_delta == former.is_delta && later.scope == former.scope && !is_older(later, former);
}

// The newest CRL of each scope: a place never goes back in time.
CrlList merged(const CrlList& later, const CrlList& former) {
  CrlList result;
  const auto add = [&result](const std::shared_ptr<const Crl>& crl) {
    const auto covers = [&](const auto& other) { return replaces(other->facts(), crl->facts()); };
    if (std::any_of(result.begin(), result.end(), covers)) return;
    std::erase_if(result, [&](const auto& other) { return replaces(crl->facts(), other->facts()); });
    result.push_back(crl);
  };
  for (const auto& crl : later) add(crl);
  for (const auto& crl : former) add(crl);
  return result;
}

bool is_older(const OcspFacts& one, const OcspFacts& other) {
  if (one.this_update != other.this_update) return one.this_update < other.this_update;
  return other.status == OcspFacts::Status::revoked;
}

}  // namespace

std::shared_ptr<Evidence> Evidence::make(EvidenceRules rules) {
  return std::make_shared<OpensslEvidence>(std::move(rules));
}

// What the issuer has not signed is left out.
Result<OpensslEvidence::Entry> OpensslEvidence::parse(const WantedEvidence& wanted, std::string_view content,
                                                      WallTime now) const {
  auto about = certificates_of(wanted);
  if (!about) return tl::unexpected(about.error());

  Entry entry;
  if (wanted.kind == Kind::ocsp) {
    OcspFacts facts = ocsp_facts(content, wanted.url, about->certificate.get(), about->issuer.get(), now);
    std::string flaw = facts.status == OcspFacts::Status::revoked ? facts.flaw : flaw_of(facts, now);
    if (!flaw.empty()) return fail(ErrorKind::untrusted_server, std::move(flaw));
    entry.answer = Answer{std::string(content), std::move(facts)};
    return entry;
  }

  auto crls = read_crls(content, wanted.url);
  if (!crls) return tl::unexpected(crls.error());
  if (std::string flaw = flaw_of(*crls, wanted, *about, now); !flaw.empty()) {
    return fail(ErrorKind::untrusted_server, std::move(flaw));
  }
  std::copy_if(crls->begin(), crls->end(), std::back_inserter(entry.crls), [&](const auto& crl) {
    return crl->is_of(about->issuer.get()) && crl->is_signed_by(about->issuer.get());
  });
  return entry;
}

// A place never goes back in time: an attacker may replay an old answer, and its servers may differ.
void OpensslEvidence::add(Entry& known, Entry later, WallTime fetched) {
  known.crls = merged(later.crls, known.crls);
  if (later.answer && !(known.answer && is_older(later.answer->facts, known.answer->facts))) {
    known.answer = std::move(later.answer);
  }
  known.fetched = fetched;
  known.failure.clear();
}

Status OpensslEvidence::keep(const WantedEvidence& wanted, std::string_view content, WallTime now) {
  auto fetched = parse(wanted, content, now);
  if (!fetched) return tl::unexpected(fetched.error());

  const PlaceKey key = key_of(wanted);
  const std::lock_guard lock(mutex_);
  read_cache(key, wanted, now);
  Entry& entry = entries_[key.text];
  add(entry, std::move(*fetched), now);
  store(key, entry);
  return {};
}

// What would be of no use to the next process is not stored.
void OpensslEvidence::store(const PlaceKey& key, const Entry& entry) const {
  if (!end_of(entry)) return;
  if (entry.answer) return cache_.store_answer(key, entry.answer->der);

  std::string content;
  for (const auto& crl : entry.crls) content += crl->der();
  cache_.store_answer(key, content);
}

void OpensslEvidence::failed(const WantedEvidence& wanted, const std::string& why, WallTime now) {
  const PlaceKey key = key_of(wanted);
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[key.text];
  entry.failed = now;
  entry.failure = why;
  cache_.store_failure(key, why);
}

// What another process has found out meanwhile counts as well. What was never kept gets no entry: any server can show a
// chain that names a thousand places.
void OpensslEvidence::read_cache(const PlaceKey& key, const WantedEvidence& wanted, WallTime now) {
  const auto known = entries_.find(key.text);
  const bool is_new = known == entries_.end();
  if (!is_new && now < end_of(known->second).value_or(WallTime())) return;

  const Entry former = is_new ? Entry() : known->second;
  if (const auto answer = cache_.answer(key, former.fetched)) {
    if (auto parsed = parse(wanted, answer->content, now)) {
      add(entries_[key.text], std::move(*parsed), std::min(answer->since, now));
    }
  }

  if (const auto failure = cache_.failure(key, std::max(former.failed, former.fetched))) {
    if (!is_just_past(failure->since, pause_after_failure(key.kind), now) && !rounds_->include(failure->since)) return;
    Entry& entry = entries_[key.text];
    entry.failed = std::min(failure->since, now);
    entry.failure = failure->content;
  }
}

OpensslEvidence::Place OpensslEvidence::at(const WantedEvidence& wanted, WallTime now) {
  const PlaceKey key = key_of(wanted);
  const std::lock_guard lock(mutex_);
  read_cache(key, wanted, now);
  const auto known = entries_.find(key.text);
  if (known == entries_.end()) return {};

  const Entry& entry = known->second;
  Place place;
  for (const auto& crl : entry.crls) {
    place.crls.push_back({crl, kept_until(crl->facts().next_update, rules_.crl_lifetime, entry.fetched)});
  }

  if (entry.answer) {
    place.answer = entry.answer->der;
    place.answer_kept_until = kept_until(entry.answer->facts.next_update, rules_.ocsp_lifetime, entry.fetched);
  }
  place.may_fetch = may_fetch(wanted.kind, entry, now);
  place.failure = entry.failure;
  return place;
}

// What has no end counts for a minute, so that it is not fetched in a circle; and as long as the round that fetched it.
std::optional<WallTime> OpensslEvidence::kept_until(const std::optional<WallTime>& next_update, seconds lifetime,
                                                    WallTime fetched) const {
  if (rounds_->include(fetched)) return std::nullopt;
  if (lifetime.count() != 0) return fetched + lifetime;
  return next_update ? std::nullopt : std::optional(fetched + retry_pause);
}

// When the first part of it is due for renewal; nullopt: it was when it came, or it has no end.
std::optional<WallTime> OpensslEvidence::end_of(const Entry& entry) const {
  std::optional<WallTime> end;
  const auto add = [&](const std::optional<WallTime>& next_update, seconds lifetime) {
    std::optional<WallTime> one = next_update;
    if (lifetime.count() != 0) one = std::min(next_update.value_or(WallTime::max()), entry.fetched + lifetime);
    if (one && (!end || *one < *end)) end = one;
  };
  for (const auto& crl : entry.crls) add(crl->facts().next_update, rules_.crl_lifetime);
  if (entry.answer) add(entry.answer->facts.next_update, rules_.ocsp_lifetime);
  return end && *end > entry.fetched ? end : std::nullopt;
}

bool OpensslEvidence::may_fetch(Kind kind, const Entry& entry, WallTime now) const {
  if (rounds_->include(std::max(entry.fetched, entry.failed))) return false;
  if (!entry.failure.empty() && is_just_past(entry.failed, pause_after_failure(kind), now)) return false;

  const auto end = end_of(entry);
  const bool is_due = end && now >= *end;
  return is_due || !is_just_past(entry.fetched, retry_pause, now);
}

std::uint64_t OpensslEvidence::revocations() const {
  const std::lock_guard lock(mutex_);
  return revoked_.size();
}

void OpensslEvidence::found_revoked(const std::string& certificate) {
  const std::lock_guard lock(mutex_);
  revoked_.insert(sha256(certificate));
}

}  // namespace muster::ssl
