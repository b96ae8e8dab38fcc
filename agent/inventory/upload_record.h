// Which inventory the servers have, so that an unchanged one is not uploaded again. Kept in `state`, one file for each
// format; what was handed to the spool counts only once a beacon has accepted it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/inventory/finding.h"
#include "platform/base/clock.h"
#include "platform/base/result.h"

namespace muster::inventory {

struct UploadRecord {
  struct Version {
    std::string digest;  // hexadecimal
    WallTime time;
  };
  std::optional<Version> accepted;
  std::optional<Version> pending;  // handed to the spool
  std::string pending_file;        // its name there
};

// After that time an inventory is uploaded although nothing has changed.
constexpr std::chrono::hours full_interval{14 * 24};

// Whether an inventory with this digest has to be uploaded. A clock that was set back does not suppress it. Pure.
bool is_due(const UploadRecord& record, const std::string& digest, WallTime now);

// A record that is missing or damaged is an empty one.
UploadRecord read_upload_record(const std::filesystem::path& state, Format format);

// Errors are of kind local_file.
Status record_pending(const std::filesystem::path& state, Format format, const UploadRecord::Version& version,
                      const std::string& file);

// A beacon has accepted a file of the spool; no effect where it is not the pending inventory.
Status record_accepted(const std::filesystem::path& state, const std::string& file);

}  // namespace muster::inventory
