// Whether a release is to be installed on this device. Pure: agent and root's step ask the same functions, each with
// what it has verified itself.
#pragma once

#include <optional>
#include <set>

#include "agent/policy/update/statement.h"

namespace muster::update {

constexpr std::string_view product = "muster";

// This device, as far as an update depends on it.
struct Device {
  std::string name;            // of the device: its place in a roll-out
  std::string platform;        // "linux-amd64-deb"
  std::string wanted_version;  // by policy; empty: any
};

// What happened before. It is root's; the agent reads it.
struct Past {
  bool lost = false;         // its record is missing or cannot be read
  std::uint64_t number = 0;  // the highest that was installed
  std::set<std::uint64_t> rolled_back;
  WallTime freshness;  // when the newest freshness statement that was seen was issued
};

struct Ruling {
  enum class Action { install, wait, refuse };
  Action action = Action::refuse;
  Refusal why;  // not of install
};

Ruling judge(const Release& release, const Freshness& freshness, const Device& device, const Past& past, WallTime now);

// Why nothing is installed where the past is lost.
Refusal lost_state();

// A freshness statement by itself: its product, and that it is neither replayed, nor frozen, nor of the future.
std::optional<Refusal> judge_freshness(const Freshness& freshness, const Past& past, WallTime now);

// The package against its statement. `sha256` in hex; empty: not taken yet, the length alone counts.
std::optional<Refusal> judge_package(const Release& release, std::uint64_t length, std::string_view sha256);

// The place of a device in the roll-out of a release: 0 to 99, and another one for the next release. A release whose
// rollout_percent is above it is for this device.
unsigned rollout_place(std::string_view device, std::uint64_t number);

}  // namespace muster::update
