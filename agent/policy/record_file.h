// The record in state/policy/applied.json: nothing that a policy brings is ever written anywhere else.
#pragma once

#include <filesystem>
#include <functional>

#include "agent/policy/record.h"

namespace muster::policy {

std::filesystem::path record_file(const std::filesystem::path& state);

// A missing file is an empty record. One that is unreadable or damaged is an error of kind local_file.
Result<Record> read_record(const std::filesystem::path& state);

// Reads, changes and writes it under a lock among processes; what `change` leaves as it was is not written. A damaged
// file counts as an empty record. `change` may refuse: then nothing is written.
Status change_record(const std::filesystem::path& state, const std::function<Status(Record& record)>& change);

std::string text_of(const Record& record);
Result<Record> record_from(std::string_view text);

}  // namespace muster::policy
