// The policy in force, in words for people.
#pragma once

#include <string>

#include "agent/policy/record.h"

namespace muster::policy {

// "17 (signed), applied 2026-11-29 10:00:00 UTC from Policies/default.json at 'paris'"; "none applied". `lapsed` as in
// InForce: "17 (signed), applied ...; NOT IN FORCE: ...".
std::string record_in_words(const Record& record, const std::string& lapsed);

// Of the beacon list on trial; empty: none is.
std::string trial_in_words(const Record& record);

}  // namespace muster::policy
