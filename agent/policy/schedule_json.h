// The schedule of a JSON policy document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/policy/json_members.h"
#include "agent/schedule/event.h"

namespace muster::policy {

// The member "schedule" of `whole`. Times are local; how often an event may occur is for judgement.h.
schedule::Schedule read_schedule(JsonMembers& whole, Problem& problem);

JsonValue schedule_json(const schedule::Schedule& schedule);

std::string_view word_of(schedule::Action action);                    // "inventory"
std::vector<std::string_view> words_of(schedule::Weekdays weekdays);  // "mon", "sun"
std::string text_of(schedule::Date date);                             // "2026-12-24"

}  // namespace muster::policy
