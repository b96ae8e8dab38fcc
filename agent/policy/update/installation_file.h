// Root's record of updates on disk, and the agent's report of its health.
#pragma once

#include <optional>

#include "agent/policy/update/installation.h"
#include "agent/policy/update/places.h"
#include "platform/folder.h"

namespace muster::update {

// A missing record is an error, like a damaged one: without it, it is not known which releases are old.
// The package makes an empty one when it is installed.
Result<Installation> read_installation(const Places& places);

// On disk when it returns. Readable for all users.
Status write_installation(const Places& places, const Installation& record);

// A file of the agent's folder, which may hold anything: no link is followed, in the place of the folder or of the
// file. The error says what is there instead.
Result<platform::OpenEntry> open_staged(const Places& places, const char* name);

// Nothing where the agent wrote none, or something else.
std::optional<Health> read_health(const Places& places);
Status write_health(const Places& places, const Health& health);

}  // namespace muster::update
