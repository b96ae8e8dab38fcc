// From a fetched file to the policy in force: opened, read, judged, compared with what was applied, and recorded.
#pragma once

#include <string>
#include <vector>

#include "agent/policy/applied.h"
#include "agent/policy/fetch.h"

namespace muster::policy {

struct Change {
  std::string what;  // "upload location lyon", "NetworkMaxRate", "event nightly", "agent version"
  std::string from;  // empty: it was not there
  std::string to;    // empty: it goes
  std::string note;  // "stays 5, set by hand (config.ini:3)"; may be empty
};

struct Application {
  enum class Result { applied, unchanged, refused };
  Result result = Result::unchanged;
  std::string reason;  // of the refusal
  Record record;       // after it
  std::vector<Change> changes;
  NotUsedList not_used;  // of an existing beacon's policy
};

// A refused policy is a result; it is recorded, and what was applied before stays. Fails where a local file cannot be
// read or written, and where the key in PolicyKeyFile cannot be used. A dry run writes nothing.
Result<Application> apply(const Fetched& fetched, const InForce& in_force, Mode mode, WallTime now);

// No beacon has a policy: what was applied stays.
Status record_missing(const config::Preferences& preferences, WallTime now);

// What differs between two documents, as far as this device follows them. Pure.
std::vector<Change> changes_between(const Document& before, const Document& after, const InForce& in_force);

}  // namespace muster::policy
