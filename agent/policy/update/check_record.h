// What the agent remembers of updates, in state/updates/check.json: for people, and for the next check.
#pragma once

#include <string>

#include "agent/policy/applied.h"
#include "agent/policy/update/check.h"

namespace muster::update {

struct CheckRecord {
  WallTime asked_at{};   // when a beacon last answered
  WallTime freshness{};  // when the newest freshness statement that was seen was issued

  // The release that is served. Number 0: none.
  std::uint64_t number = 0;
  std::string version;
  bool is_staged = false;
  std::string why;      // it waits; empty: it does not
  std::string refusal;  // why the last one was refused; a good one ends it
};

// A missing or damaged record is an empty one: root's own decides what is old.
CheckRecord read_check_record(const Places& places);
Status write_check_record(const Places& places, const CheckRecord& record);

// The record after a check that was settled. A failed one changes nothing.
CheckRecord after_check(CheckRecord record, const Check& check, WallTime now);

// What a check works with on this device: its package, the keys, what policy wants, and what was installed before.
// Refused where there is no key.
tl::expected<CheckRules, Refusal> check_rules(const policy::InForce& in_force);

// Takes the result of a check up: recorded, and root's step asked for where something was staged that the system's tool
// can install.
Status take_up(const Check& check, WallTime now);

// The line that `muster update` prints and the agent logs.
std::string in_words(const Check& check);

}  // namespace muster::update
