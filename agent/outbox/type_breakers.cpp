#include "agent/outbox/type_breakers.h"

#include <algorithm>

#include "platform/base/timer_set.h"

namespace muster::outbox {

bool TypeBreakers::failed(const std::string& type, unsigned refusals) {
  Breaker& breaker = types_[type];
  const unsigned in_a_row = ++breaker.failed_in_a_row;
  const unsigned before = refusals - std::min(refusals, in_a_row);
  return breaker.half_open || in_a_row >= std::max(min_limit, before);
}

void TypeBreakers::stop(const std::string& type, const Error& why) {
  Breaker& breaker = types_[type];
  breaker.paused_until.reset();
  if (!breaker.stopped_by) breaker.stopped_by = why;
  if (!first_stopped_ || !is_stopped(*first_stopped_)) first_stopped_ = type;
}

void TypeBreakers::pause(const std::string& type, SteadyTime until) { types_[type].paused_until = until; }

void TypeBreakers::half_open() {
  for (auto& [type, breaker] : types_) {
    if (!breaker.stopped_by) continue;
    breaker.stopped_by.reset();
    breaker.half_open = true;
  }
}

const TypeBreakers::Breaker* TypeBreakers::known(const std::string& type) const {
  const auto found = types_.find(type);
  return found == types_.end() ? nullptr : &found->second;
}

bool TypeBreakers::is_stopped(const std::string& type) const {
  const Breaker* const breaker = known(type);
  return breaker != nullptr && breaker->stopped_by.has_value();
}

bool TypeBreakers::is_paused(const std::string& type, SteadyTime now) const {
  const Breaker* const breaker = known(type);
  return breaker != nullptr && breaker->paused_until && now < *breaker->paused_until;
}

bool TypeBreakers::lets_through(const std::string& type, SteadyTime now) const {
  return !is_stopped(type) && !is_paused(type, now);
}

std::optional<Error> TypeBreakers::first_stop() const {
  const Breaker* const breaker = first_stopped_ ? known(*first_stopped_) : nullptr;
  return breaker == nullptr ? std::nullopt : breaker->stopped_by;
}

std::optional<SteadyTime> TypeBreakers::wakes_at(SteadyTime now) const {
  std::optional<SteadyTime> first;
  for (const auto& [type, breaker] : types_) {
    if (breaker.paused_until && *breaker.paused_until > now) first = earlier(first, breaker.paused_until);
  }
  return first;
}

}  // namespace muster::outbox
