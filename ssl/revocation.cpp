#include "ssl/revocation.h"

#include <fmt/core.h>

#include <algorithm>

#include "ssl/crl_weighing.h"

namespace muster::ssl {
namespace {

using Kind = WantedEvidence::Kind;
using Status = RevocationVerdict::Status;

constexpr std::size_t max_delta_places = 3;
constexpr std::chrono::hours max_age_without_next_update{24};  // of an OCSP answer

bool has_started(const OcspFacts& answer, WallTime now) { return answer.this_update <= now + clock_tolerance; }

bool has_outlived_cache(const OcspFacts& answer, WallTime now) {
  return answer.kept_until && now >= *answer.kept_until;
}

WallTime end_of(const OcspFacts& answer) {
  return answer.next_update.value_or(answer.this_update + max_age_without_next_update);
}

bool is_in_date(const OcspFacts& answer, WallTime now) {
  return has_started(answer, now) && now <= end_of(answer) + clock_tolerance && !has_outlived_cache(answer, now);
}

bool is_fresh(const OcspFacts& answer, WallTime now) {
  return now < end_of(answer) && !has_outlived_cache(answer, now);
}

std::string name_of(const OcspFacts& answer) {
  return answer.place.empty() ? "the OCSP answer that it stapled" : "OCSP of " + answer.place;
}

void append(std::string& text, const std::string& more) {
  if (more.empty()) return;
  text += (text.empty() ? "" : "; ") + more;
}

RevocationVerdict fetch_first(const EvidencePlace& place, const std::string& why) {
  return {Status::unknown, why, place};
}

std::string not_asked_yet(const EvidencePlace& place) {
  switch (place.kind) {
    case Kind::delta_crl: return fmt::format("its delta CRL at {} was not fetched yet", place.url);
    case Kind::ocsp: return fmt::format("the OCSP responder {} was not asked yet", place.url);
    case Kind::crl: break;
  }
  return fmt::format("the CRL at {} was not asked yet", place.url);
}

// What one source says.
struct Finding {
  bool is_good = false;
  WallTime as_of{};
  std::string why;
  const EvidencePlace* fetch = nullptr;  // newer evidence may be there
};

class Judge {
 public:
  Judge(const CertificateFacts& certificate, const RevocationEvidence& evidence,
        const std::vector<RevocationSource>& order, WallTime now)
      : certificate_(certificate),
        evidence_(evidence),
        order_(order),
        now_(now),
        crls_(weigh_crls(certificate, evidence.crls, now)) {}

  RevocationVerdict run() {
    if (auto verdict = find_fresh_revocation()) return *verdict;
    if (order_.empty()) return {Status::unknown, "PrioritizeRevocationChecks names no source", {}};

    find_expired_revocation();
    std::string reasons;
    for (const RevocationSource source : order_) {
      const Finding finding = ask(source);
      const bool counts = finding.is_good && is_newer_than_revocation(finding);
      if (counts && finding.fetch == nullptr) return {Status::good, "not revoked, by " + finding.why, {}};

      if (!finding.is_good) append(reasons, finding.why);
      if (finding.fetch != nullptr) {
        append(reasons, not_asked_yet(*finding.fetch));
        return fetch_first(*finding.fetch, reasons);
      }
    }
    if (auto verdict = find_unlisted_evidence()) return *verdict;
    if (!revoked_by_.empty()) return {Status::revoked, revoked_by_, {}};
    return {Status::unknown, reasons.empty() ? "it names no place to find out" : reasons, {}};
  }

 private:
  // Evidence that says "revoked" and is not due for renewal, or is dated in the future.
  std::optional<RevocationVerdict> find_fresh_revocation() const {
    if (crls_.status == CrlStanding::Status::revoked && crls_.is_fresh) {
      const bool may_be_released = crls_.may_be_released && is_listed(RevocationSource::crl);
      const EvidencePlace* const delta = may_be_released ? missing_delta() : nullptr;
      if (delta != nullptr) return fetch_first(*delta, not_asked_yet(*delta));
      return RevocationVerdict{Status::revoked, crls_.why, {}};
    }
    for (const OcspFacts& answer : evidence_.answers) {
      const bool counts = is_fresh(answer, now_) || !has_started(answer, now_);
      if (is_revocation(answer) && counts) return RevocationVerdict{Status::revoked, "by " + name_of(answer), {}};
    }
    return std::nullopt;
  }

  // Evidence that says "revoked" but has expired: it counts unless newer evidence says otherwise.
  void find_expired_revocation() {
    if (crls_.status == CrlStanding::Status::revoked) {
      revoked_by_ = crls_.why;
      revoked_at_ = crls_.as_of;
    }
    for (const OcspFacts& answer : evidence_.answers) {
      if (!is_revocation(answer)) continue;
      if (revoked_by_.empty()) revoked_by_ = "by " + name_of(answer) + ", which has expired";
      revoked_at_ = std::max(revoked_at_, answer.this_update);
    }
  }

  static bool is_revocation(const OcspFacts& answer) {
    return answer.flaw.empty() && answer.status == OcspFacts::Status::revoked;
  }

  bool is_newer_than_revocation(const Finding& good) const { return revoked_by_.empty() || good.as_of > revoked_at_; }

  bool is_listed(RevocationSource source) const {
    return std::find(order_.begin(), order_.end(), source) != order_.end();
  }

  Finding ask(RevocationSource source) const {
    switch (source) {
      case RevocationSource::crl: return ask_crls();
      case RevocationSource::ocsp: return ask_ocsp();
      case RevocationSource::stapling: return ask_staple();
    }
    return {};
  }

  // Sources that are not to be asked still count with what is at hand.
  std::optional<RevocationVerdict> find_unlisted_evidence() const {
    for (const RevocationSource source : {RevocationSource::crl, RevocationSource::ocsp}) {
      if (is_listed(source)) continue;

      const Finding finding = ask(source);
      if (!finding.is_good || !is_newer_than_revocation(finding)) continue;
      return RevocationVerdict{Status::good, "not revoked, by " + finding.why, {}};
    }
    return std::nullopt;
  }

  Finding ask_crls() const {
    Finding finding{crls_.status == CrlStanding::Status::good, crls_.as_of, crls_.why, nullptr};
    if (finding.is_good) {
      finding.fetch = crls_.is_fresh ? missing_delta() : missing_crl();
      if (finding.fetch == nullptr) finding.fetch = missing_delta();
      if (finding.fetch != nullptr || is_newer_than_revocation(finding)) return finding;
      finding.is_good = false;
      finding.why = "the CRL is older than what revokes it";
    }

    finding.fetch = crls_.is_listed_by_delta ? missing_delta() : nullptr;
    if (finding.fetch == nullptr) finding.fetch = missing_crl();
    for (const std::string& url : certificate_.crl.http) append(finding.why, failure_at(Kind::crl, url));
    for (const std::string& words : certificate_.crl.unusable) append(finding.why, words);
    for (const std::string& words : certificate_.delta_crl.unusable) append(finding.why, words);
    return finding;
  }

  const EvidencePlace* missing_crl() const {
    for (const std::string& url : certificate_.crl.http) {
      const EvidencePlace* const place = place_at(Kind::crl, url);
      if (place != nullptr && place->may_fetch && (crls_.is_outdated || !has_fresh_crl(url, false))) return place;
    }
    return nullptr;
  }

  const EvidencePlace* missing_delta() const {
    std::vector<std::string> urls = certificate_.delta_crl.http;
    urls.insert(urls.end(), crls_.delta_urls.begin(), crls_.delta_urls.end());
    if (urls.size() > max_delta_places) urls.resize(max_delta_places);

    const EvidencePlace* missing = nullptr;
    for (const std::string& url : urls) {
      if (has_fresh_crl(url, true)) return nullptr;
      const EvidencePlace* const place = place_at(Kind::delta_crl, url);
      if (missing == nullptr && place != nullptr && place->may_fetch) missing = place;
    }
    return missing;
  }

  bool has_fresh_crl(const std::string& url, bool is_delta) const {
    return std::any_of(evidence_.crls.begin(), evidence_.crls.end(), [&](const CrlFacts& crl) {
      return crl.is_delta == is_delta && is_fresh_from(crl, url, certificate_, now_);
    });
  }

  // Of the answers that vouch for the certificate the newest one counts.
  Finding ask_ocsp() const {
    Finding finding;
    const OcspFacts* const good = newest_good(false);
    if (good != nullptr) {
      finding = {true, good->this_update, name_of(*good), nullptr};
      if (is_fresh(*good, now_) && is_newer_than_revocation(finding)) return finding;
    }

    finding.fetch = missing_answer();
    if (good != nullptr && (finding.fetch != nullptr || is_newer_than_revocation(finding))) return finding;

    finding.is_good = false;
    finding.why = good == nullptr ? "" : "the OCSP answer is older than what revokes it";
    for (const OcspFacts& answer : evidence_.answers) {
      if (!answer.place.empty()) append(finding.why, flaw_of(answer, now_));
    }

    for (const std::string& url : certificate_.ocsp.http) {
      append(finding.why, failure_at(Kind::ocsp, url));
    }
    for (const std::string& words : certificate_.ocsp.unusable) append(finding.why, words);
    if (certificate_.ocsp.http.empty() && certificate_.ocsp.unusable.empty()) {
      append(finding.why, "it names no OCSP responder");
    }
    return finding;
  }

  const EvidencePlace* missing_answer() const {
    for (const std::string& url : certificate_.ocsp.http) {
      const EvidencePlace* const place = place_at(Kind::ocsp, url);
      const bool has_fresh_answer =
          std::any_of(evidence_.answers.begin(), evidence_.answers.end(), [&](const OcspFacts& answer) {
            return answer.place == url && flaw_of(answer, now_).empty() && is_fresh(answer, now_);
          });
      if (place != nullptr && place->may_fetch && !has_fresh_answer) return place;
    }
    return nullptr;
  }

  Finding ask_staple() const {
    if (!certificate_.may_be_stapled) return {};
    if (const OcspFacts* const good = newest_good(true)) return {true, good->this_update, name_of(*good), nullptr};

    for (const OcspFacts& answer : evidence_.answers) {
      if (!answer.place.empty()) continue;
      return {false, {}, "the stapled OCSP answer is of no use: " + flaw_of(answer, now_), nullptr};
    }
    return {false, {}, "the server stapled no OCSP answer", nullptr};
  }

  const OcspFacts* newest_good(bool is_stapled) const {
    const OcspFacts* newest = nullptr;
    for (const OcspFacts& answer : evidence_.answers) {
      const bool vouches = answer.status == OcspFacts::Status::good && flaw_of(answer, now_).empty();
      if (!vouches || answer.place.empty() != is_stapled) continue;
      if (newest == nullptr || answer.this_update > newest->this_update) newest = &answer;
    }
    return newest;
  }

  const EvidencePlace* place_at(Kind kind, const std::string& url) const {
    const auto found = std::find_if(evidence_.places.begin(), evidence_.places.end(),
                                    [&](const EvidencePlace& place) { return place.kind == kind && place.url == url; });
    return found == evidence_.places.end() ? nullptr : &*found;
  }

  // Why a place did not help; empty where it was not asked.
  std::string failure_at(Kind kind, const std::string& url) const {
    const EvidencePlace* const place = place_at(kind, url);
    if (place == nullptr || place->may_fetch) return {};

    const char* const what = kind == Kind::ocsp ? "the OCSP responder" : "the CRL at";
    const std::string& failure = place->failure;
    return fmt::format("{} {} does not help: {}", what, url, failure.empty() ? "what it said has expired" : failure);
  }

  const CertificateFacts& certificate_;
  const RevocationEvidence& evidence_;
  const std::vector<RevocationSource>& order_;
  const WallTime now_;
  const CrlStanding crls_;
  std::string revoked_by_;  // expired evidence
  WallTime revoked_at_{};
};

}  // namespace

std::string flaw_of(const OcspFacts& answer, WallTime now) {
  if (!answer.flaw.empty()) return answer.flaw;
  if (!has_started(answer, now)) {
    return fmt::format("its answer is not yet valid: it starts on {}; this machine's clock says {}",
                       iso8601(answer.this_update), iso8601(now));
  }
  if (answer.status == OcspFacts::Status::revoked) return "it says revoked, and has expired";
  if (!is_in_date(answer, now)) return fmt::format("its answer of {} is out of date", iso8601(answer.this_update));
  return answer.status == OcspFacts::Status::good ? "" : "it does not know the certificate";
}

RevocationVerdict judge_revocation(const CertificateFacts& certificate, const RevocationEvidence& evidence,
                                   const std::vector<RevocationSource>& order, WallTime now) {
  return Judge(certificate, evidence, order, now).run();
}

}  // namespace muster::ssl
