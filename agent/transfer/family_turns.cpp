#include "agent/transfer/family_turns.h"

#include <utility>

namespace muster::transfer {
namespace {

IpVersion other(IpVersion version) { return version == IpVersion::v4 ? IpVersion::v6 : IpVersion::v4; }

bool got_no_connection(const Outcome& outcome) {
  const bool silent = outcome.cause == Cause::tls && outcome.trouble == Trouble::unanswered;
  return outcome.cause == Cause::name || outcome.cause == Cause::connect || silent;
}

}  // namespace

FamilyTurns::FamilyTurns(IpVersion preferred, std::string place, Known* known)
    : preferred_(preferred), place_(std::move(place)), known_(known), current_(preferred) {
  if (!has_preference() || known_ == nullptr) return;
  const auto found = known_->find(place_);
  if (found != known_->end()) current_ = found->second;
}

bool FamilyTurns::take(Outcome& outcome) {
  if (!has_preference()) return false;
  if (!got_no_connection(outcome)) {
    if (first_ && known_ != nullptr) known_->insert_or_assign(place_, current_);
    return false;
  }

  // Silent for a second only, the preferred one may have been slow: it gets what is left of the time.
  const bool again = turns_ == 1 && first_->trouble == Trouble::unanswered;
  if (first_ && !again) {
    const bool says_less = outcome.cause == Cause::name || outcome.trouble == Trouble::none;
    if (says_less) outcome = std::move(*first_);
    return false;
  }

  if (!first_) first_ = std::move(outcome);
  ++turns_;
  current_ = other(current_);
  return true;
}

bool FamilyTurns::is_last() const { return turns_ == 2 || (first_ && first_->trouble != Trouble::unanswered); }

}  // namespace muster::transfer
