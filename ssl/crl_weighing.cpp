#include "ssl/crl_weighing.h"

#include <fmt/core.h>

#include <algorithm>

namespace muster::ssl {
namespace {

using Crls = std::vector<const CrlFacts*>;

constexpr std::size_t max_flaws_shown = 3;

bool has_started(const CrlFacts& crl, WallTime now) { return crl.this_update <= now + clock_tolerance; }

bool has_outlived_cache(const CrlFacts& crl, WallTime now) { return crl.kept_until && now >= *crl.kept_until; }

bool is_in_date(const CrlFacts& crl, WallTime now) {
  const bool has_expired = crl.next_update && now > *crl.next_update + clock_tolerance;
  return has_started(crl, now) && !has_expired && !has_outlived_cache(crl, now);
}

bool is_fresh(const CrlFacts& crl, WallTime now) {
  return (!crl.next_update || now < *crl.next_update) && !has_outlived_cache(crl, now);
}

// RFC 5280, 6.3.3 (b). Entries for other issuers and other kinds of certificates are not about this one.
bool concerns(const CrlScope& scope, const CertificateFacts& certificate) {
  if (scope.indirect || scope.attribute_certificates_only) return false;
  if (scope.user_certificates_only && certificate.is_ca) return false;
  if (scope.ca_certificates_only && !certificate.is_ca) return false;

  return scope.points.empty() || std::any_of(scope.points.begin(), scope.points.end(), [&](const std::string& point) {
           return std::find(certificate.points.begin(), certificate.points.end(), point) != certificate.points.end();
         });
}

// A CRL for some reasons only can revoke, but not vouch for a certificate.
bool covers(const CrlScope& scope, const CertificateFacts& certificate) {
  return concerns(scope, certificate) && !scope.some_reasons_only;
}

// "Removed" is not allowed in a complete CRL: what it lists is revoked.
bool revokes(const CrlFacts& crl) {
  if (crl.entry == CrlEntry::removed) return !crl.is_delta;
  return crl.entry != CrlEntry::none;
}

// RFC 5280, 5.2.4: whether the two together are as good as a complete CRL.
bool updates(const CrlFacts& delta, const CrlFacts& complete) {
  if (delta.scope != complete.scope || !complete.number || !delta.number || !delta.base) return false;
  return *delta.base <= *complete.number && *complete.number < *delta.number && !is_older(delta, complete);
}

bool has_newer_base(const CrlFacts& delta, const CrlFacts& complete) {
  if (delta.scope != complete.scope || !complete.number || !delta.base) return false;
  return *delta.base > *complete.number && !is_older(delta, complete);
}

class Weighing {
 public:
  Weighing(const CertificateFacts& certificate, const std::vector<CrlFacts>& crls, WallTime now)
      : certificate_(certificate), now_(now) {
    for (const CrlFacts& crl : crls) {
      if (!crl.flaw.empty() || !concerns(crl.scope, certificate)) continue;
      usable_.push_back(&crl);
      if (!crl.is_delta && has_started(crl, now) && covers(crl.scope, certificate)) complete_.push_back(&crl);
    }
    for (const CrlFacts* crl : complete_) {
      if (newest_ == nullptr || is_better(*crl, *newest_)) newest_ = crl;
    }
  }

  CrlStanding run(const std::vector<CrlFacts>& crls) const {
    CrlStanding standing;
    if (newest_ != nullptr) standing.delta_urls = newest_->delta_urls;
    standing.is_outdated = newer_base() != nullptr;

    if (const Crls listing = unreleased(); !listing.empty()) {
      set_revoked(standing, listing);
    } else if (const CrlFacts* const vouching = in_date(); vouching != nullptr && !standing.is_outdated) {
      set_good(standing, *vouching);
    } else {
      standing.why = vouching != nullptr ? outdated() : flaws(crls);
    }
    return standing;
  }

 private:
  // Which of two complete CRLs decides; where neither is older, whatever their order in the list.
  bool is_better(const CrlFacts& one, const CrlFacts& other) const {
    if (is_older(one, other) || is_older(other, one)) return is_older(other, one);
    if (is_in_date(one, now_) != is_in_date(other, now_)) return is_in_date(one, now_);
    return one.place < other.place;
  }

  bool is_superseded(const CrlFacts& crl) const {
    return std::any_of(complete_.begin(), complete_.end(),
                       [&](const CrlFacts* other) { return is_older(crl, *other); });
  }

  const CrlFacts* newer_base() const {
    const auto found = std::find_if(usable_.begin(), usable_.end(), [&](const CrlFacts* crl) {
      return newest_ != nullptr && crl->is_delta && has_started(*crl, now_) && has_newer_base(*crl, *newest_);
    });
    return found == usable_.end() ? nullptr : *found;
  }

  // Delta CRLs that may be read together with the newest complete one.
  Crls current_deltas() const {
    Crls deltas;
    for (const CrlFacts* crl : usable_) {
      if (newest_ != nullptr && crl->is_delta && is_in_date(*crl, now_) && updates(*crl, *newest_)) {
        deltas.push_back(crl);
      }
    }
    return deltas;
  }

  // Every CRL that revokes the certificate, unless something newer says otherwise.
  Crls unreleased() const {
    const Crls deltas = current_deltas();
    Crls listing;
    for (const CrlFacts* crl : usable_) {
      if (!revokes(*crl) || is_superseded(*crl)) continue;

      const bool is_released = std::any_of(deltas.begin(), deltas.end(), [&](const CrlFacts* delta) {
        return delta->entry == CrlEntry::removed && is_older(*crl, *delta);
      });
      if (crl->entry != CrlEntry::on_hold || !is_released) listing.push_back(crl);
    }
    return listing;
  }

  // The newest complete CRL, or where that has expired an older one, as neither lists the certificate.
  const CrlFacts* in_date() const {
    if (newest_ == nullptr || is_in_date(*newest_, now_)) return newest_;
    const auto found = std::find_if(complete_.begin(), complete_.end(), [&](const CrlFacts* crl) {
      return is_in_date(*crl, now_) && crl->entry == CrlEntry::none;
    });
    return found == complete_.end() ? nullptr : *found;
  }

  void set_good(CrlStanding& standing, const CrlFacts& vouching) const {
    standing.status = CrlStanding::Status::good;
    standing.as_of = newest_->this_update;
    for (const CrlFacts* delta : current_deltas()) standing.as_of = std::max(standing.as_of, delta->this_update);
    standing.is_fresh = &vouching == newest_ && is_fresh(vouching, now_);
    standing.why = "CRL " + vouching.place;
  }

  void set_revoked(CrlStanding& standing, const Crls& listing) const {
    standing.status = CrlStanding::Status::revoked;
    standing.may_be_released = true;
    standing.is_listed_by_delta = true;

    const CrlFacts* decisive = listing.front();
    for (const CrlFacts* crl : listing) {
      if (is_fresh(*crl, now_) && !is_fresh(*decisive, now_)) decisive = crl;
      standing.as_of = std::max(standing.as_of, crl->this_update);
      standing.may_be_released = standing.may_be_released && crl->entry == CrlEntry::on_hold;
      standing.is_listed_by_delta = standing.is_listed_by_delta && crl->is_delta;
    }
    standing.is_fresh = is_fresh(*decisive, now_);
    standing.why = fmt::format("by the {} {}{}", decisive->is_delta ? "delta CRL" : "CRL", decisive->place,
                               standing.is_fresh ? "" : ", which has expired");
  }

  std::string outdated() const {
    return fmt::format("the CRL {} is out of date: the delta CRL {} is for a newer one", newest_->place,
                       newer_base()->place);
  }

  std::string expiry_of(const CrlFacts& crl) const {
    if (is_in_date(crl, now_)) return {};
    if (!crl.next_update || now_ <= *crl.next_update + clock_tolerance) return "its lifetime in the cache is over";
    return "CRL has expired (12) on " + iso8601(*crl.next_update);
  }

  std::string flaws(const std::vector<CrlFacts>& crls) const {
    std::string text;
    std::size_t shown = 0;
    for (const CrlFacts& crl : crls) {
      std::string flaw = flaw_of(crl, certificate_, now_);
      if (flaw.empty()) flaw = crl.is_delta ? "a delta CRL without its complete CRL" : expiry_of(crl);
      if (flaw.empty() || shown == max_flaws_shown) continue;

      text += fmt::format("{}the CRL of its issuer {}, {}, is of no use: {}", shown == 0 ? "" : "; ",
                          certificate_.issuer, crl.place, flaw);
      ++shown;
    }
    return shown == 0 ? fmt::format("there is no CRL of its issuer {} (3)", certificate_.issuer) : text;
  }

  const CertificateFacts& certificate_;
  const WallTime now_;
  Crls usable_;                       // with a scope that includes the certificate
  Crls complete_;                     // of these: may vouch for it
  const CrlFacts* newest_ = nullptr;  // of the complete ones
};

}  // namespace

bool is_older(const CrlFacts& one, const CrlFacts& other) {
  if (one.this_update != other.this_update) return one.this_update < other.this_update;
  return one.scope == other.scope && one.number && other.number && *one.number < *other.number;
}

CrlStanding weigh_crls(const CertificateFacts& certificate, const std::vector<CrlFacts>& crls, WallTime now) {
  return Weighing(certificate, crls, now).run(crls);
}

bool is_fresh_from(const CrlFacts& crl, const std::string& url, const CertificateFacts& certificate, WallTime now) {
  return crl.place == url && flaw_of(crl, certificate, now).empty() && is_fresh(crl, now);
}

std::string flaw_of(const CrlFacts& crl, const CertificateFacts& certificate, WallTime now) {
  if (!crl.flaw.empty()) return crl.flaw;
  if (!concerns(crl.scope, certificate)) return "different CRL scope (44)";
  if (crl.scope.some_reasons_only && !crl.is_delta) return "different CRL scope (44): it is for some reasons only";
  if (has_started(crl, now)) return {};

  return fmt::format("CRL is not yet valid (11): it starts on {}; this machine's clock says {}",
                     iso8601(crl.this_update), iso8601(now));
}

}  // namespace muster::ssl
