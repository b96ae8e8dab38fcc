// What the device remembers of policy, and how it changes. Pure; record_file.h keeps it in state/.
#pragma once

#include <optional>
#include <string>

#include "agent/policy/by_hand.h"
#include "agent/policy/document.h"
#include "platform/base/clock.h"

namespace muster::policy {

// A new beacon list is on trial until one upload was delivered through it and policy was fetched through it.
struct Trial {
  seconds ran{0};  // of the agent's running time
  bool uploaded = false;
  bool fetched = false;
  bool operator==(const Trial&) const = default;
};

inline constexpr seconds trial_time{86'400};

struct Record {
  // The policy that was applied last.
  std::optional<Document> applied;
  bool is_signed = false;
  std::string digest;  // of its exact bytes, SHA-256 in hex
  std::string source;  // "Policies/default.json at 'paris'"
  WallTime applied_at{};

  // The highest number that was applied under this key; the key in hex.
  std::string key;
  std::uint64_t number = 0;

  // The beacon list in force, and the one that returns when the trial fails.
  BeaconLists beacons;
  BeaconLists former;
  std::optional<Trial> trial;

  // What happened last, for people. Empty: nothing of that kind.
  std::string refusal;    // why the last policy was refused; an applied one ends it
  std::string trial_end;  // why a beacon list was taken back
  WallTime asked_at{};    // when a beacon last answered whether there is one
};

// A policy that was read and judged, as it arrived.
struct Arrival {
  Document document;
  std::string digest;
  std::string key;  // in hex, where it is signed; empty: it is not
  std::string source;
};

// The record after that. The same policy again changes nothing. Refuses of one key a lower number than was applied
// before, and another policy under the same number; the error holds the reason alone.
Result<Record> take_up(const Record& record, const Arrival& arrival, WallTime now);

// What happened during a trial; without one nothing changes. A trial that is complete ends with the new list in force,
// one that ran for a day without with the former. A location set by hand proves nothing for a list that has the same
// id.
Record after_running(Record record, seconds time);
Record after_upload(Record record, const std::string& location, const ByHand& by_hand);
Record after_fetch(Record record, const std::string& location, const ByHand& by_hand);

// What is in force: the applied policy with the beacon list in force.
std::optional<Document> in_force(const Record& record);

// "17", or "of 2026-11-29 10:00:00 UTC" where it is not signed.
std::string name_of(const Record& record);

}  // namespace muster::policy
