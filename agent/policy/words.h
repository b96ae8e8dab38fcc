// The policy in force, in words for people.
#pragma once

#include <string>
#include <vector>

#include "agent/policy/record.h"

namespace muster::policy {

// "17 (signed), applied 2026-11-29 10:00:00 UTC from Policies/default.json at 'paris'"; "none applied". `lapsed` as in
// InForce: "17 (signed), applied ...; NOT IN FORCE: ...".
std::string record_in_words(const Record& record, const std::string& lapsed);

// Of the beacon list on trial; empty: none is.
std::string trial_in_words(const Record& record);

// How the trial goes, where the policy is in force, and how the last one ended.
std::vector<std::string> trial_lines(const Record& record, const std::string& lapsed);

}  // namespace muster::policy
