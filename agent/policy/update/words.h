// The state of updates, in words for people.
#pragma once

#include <string>
#include <vector>

#include "agent/policy/update/check_record.h"
#include "agent/policy/update/installation.h"

namespace muster::update {

// Both records of a device; those that are not there, or that this user may not read, are empty.
struct State {
  CheckRecord check;
  Installation installation;
};
State read_state(const Places& places);

// What is pending, and how the last step ended; empty: nothing of that kind.
std::vector<std::string> lines_of(const State& state);

// The last refusal, be it by the agent or by root's step; empty: none.
std::string refusal_of(const State& state);

}  // namespace muster::update
