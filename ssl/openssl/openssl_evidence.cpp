#include "ssl/openssl/openssl_evidence.h"

#include <fmt/core.h>

#include <algorithm>

#include "ssl/digest.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/crl.h"
#include "ssl/openssl/ocsp.h"

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

std::optional<WallTime> next_update_of(const X509_CRL* crl) {
  const ASN1_TIME* time = X509_CRL_get0_nextUpdate(crl);
  if (time == nullptr) return std::nullopt;
  return wall_time(time);
}

}  // namespace

std::shared_ptr<Evidence> Evidence::make(EvidenceRules rules) {
  return std::make_shared<OpensslEvidence>(std::move(rules));
}

Status OpensslEvidence::take(Entry& entry, const WantedEvidence& wanted, std::string_view content,
                             WallTime fetched) const {
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
  entry.failure.clear();
  return {};
}

// What another process has found out meanwhile counts as well.
OpensslEvidence::Entry& OpensslEvidence::entry(const WantedEvidence& wanted, WallTime now) {
  Entry& entry = entries_[key_of(wanted)];
  if (now < entry.ends) return entry;
  if (const auto found = cache_.answer(wanted, entry.fetched)) {
    static_cast<void>(take(entry, wanted, found->content, std::min(found->since, now)));
  }
  if (const auto found = cache_.failure(wanted, std::max(entry.failed, now - pause_after_failure(wanted)))) {
    entry.failed = std::min(found->since, now);
    entry.failure = found->content;
  }
  return entry;
}

Status OpensslEvidence::keep(const WantedEvidence& wanted, std::string_view content, WallTime now) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[key_of(wanted)];
  if (auto taken = take(entry, wanted, content, now); !taken) return taken;
  if (entry.ends != now + not_asked_again) cache_.store_answer(wanted, content);
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
  const Entry& known = entry(wanted, now);
  if (!known.crl) return std::nullopt;
  X509_CRL_up_ref(known.crl.get());
  return Known{CrlPtr(known.crl.get()), now < known.ends};
}

std::optional<std::string> OpensslEvidence::ocsp(const WantedEvidence& wanted, WallTime now) {
  const std::lock_guard lock(mutex_);
  const Entry& known = entry(wanted, now);
  if (known.ocsp.empty() || now >= known.ends) return std::nullopt;
  return known.ocsp;
}

bool OpensslEvidence::worth_fetching(const WantedEvidence& wanted, WallTime now) {
  const std::lock_guard lock(mutex_);
  const Entry& known = entry(wanted, now);
  if (now < known.ends) return false;
  return known.failure.empty() || now >= known.failed + pause_after_failure(wanted);
}

std::string OpensslEvidence::failure(const WantedEvidence& wanted, WallTime now) {
  const std::lock_guard lock(mutex_);
  return entry(wanted, now).failure;
}

}  // namespace muster::ssl
