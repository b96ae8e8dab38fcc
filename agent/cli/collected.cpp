#include "agent/cli/collected.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "agent/cli/json.h"
#include "agent/cli/print.h"
#include "agent/cli/uploads.h"
#include "agent/inventory/gzip.h"
#include "agent/inventory/upload_record.h"
#include "agent/spool/spool.h"
#include "platform/base/text.h"
#include "platform/file.h"

namespace muster::cli {
namespace {

// A MachineId may hold anything; the name becomes part of a path on the beacon.
std::string plain(std::string id) {
  constexpr std::size_t max_length = 100;
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  id.resize(std::min(id.size(), max_length));
  std::replace_if(
      id.begin(), id.end(), [&](char c) { return allowed.find(c) == std::string_view::npos; }, '_');
  return id;
}

// "5f0c1c52-...-20261123T132404Z.json.gz", and "...Z-2.json.gz" where another one of that second waits in the folder.
std::string file_name(const Collected& collected, const std::filesystem::path& folder) {
  std::string time = iso8601(collected.time).substr(0, sizeof "2026-11-23 13:24:04" - 1);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  std::replace(time.begin(), time.end(), ' ', 'T');
  const bool glpi = collected.discovery || collected.format == inventory::Format::glpi;
  const std::string ending = glpi ? ".json.gz" : ".cdx.json.gz";

  const std::string name = plain(collected.device_id) + "-" + time + "Z";
  std::string free = name + ending;
  for (unsigned number = 2; platform::exists(folder / free); ++number)
    free = fmt::format("{}-{}{}", name, number, ending);
  return free;
}

Status put_into_spool(const config::Preferences& preferences, const std::string& type, const std::string& name,
                      const std::string& document) {
  auto spool = spool::Spool::open(preferences.data_directory() / "uploads", true);
  if (!spool) return tl::unexpected(spool.error());
  return (*spool)->put({type, name}, inventory::gzip(document));
}

// Where the document is now.
struct Placed {
  std::string file;                         // in the spool
  std::optional<WallTime> unchanged_since;  // it is not there: a beacon accepted the same inventory then
};

Result<Placed> place(const config::Preferences& preferences, const Collected& collected) {
  const std::filesystem::path state = preferences.data_directory() / "state";
  const std::string type = collected.discovery ? "Discovery" : "Inventories";
  const std::filesystem::path folder = preferences.data_directory() / "uploads" / type;
  const std::string digest = text::hex(collected.inventory.digest);
  const bool recorded = !collected.discovery && collected.inventory.complete;

  if (recorded) {
    const auto record = inventory::read_upload_record(state, collected.format);
    if (!inventory::is_due(record, digest, collected.time)) return Placed{{}, record.accepted->time};
    const auto waiting = folder / record.pending_file;
    const bool waits = record.pending && record.pending->digest == digest && platform::exists(waiting);
    if (waits) return Placed{waiting.string(), std::nullopt};
  }

  const std::string name = file_name(collected, folder);
  if (recorded) {
    // First: a running service may deliver the file before the next line of ours.
    if (auto noted = inventory::record_pending(state, collected.format, {digest, collected.time}, name); !noted)
      return tl::unexpected(noted.error());
  }
  if (auto put = put_into_spool(preferences, type, name, collected.inventory.document); !put)
    return tl::unexpected(put.error());
  return Placed{(folder / name).string(), std::nullopt};
}

std::string unchanged_line(WallTime since, std::string_view consequence) {
  return fmt::format("the inventory has not changed since {}; nothing is {}\n", iso8601(since), consequence);
}

}  // namespace

Ended upload_collected(const GlobalOptions& options, const config::Preferences& preferences,
                       const Collected& collected) {
  const auto placed = place(preferences, collected);
  if (!placed) return tl::unexpected(placed.error());
  if (!placed->unchanged_since) return drain_spool(options, "");

  return print(options.json ? "{\"uploaded\": [], \"failed\": [], \"unchanged\": true}\n"
                            : unchanged_line(*placed->unchanged_since, "uploaded"));
}

Status spool_collected(const GlobalOptions& options, const config::Preferences& preferences,
                       const Collected& collected) {
  const auto placed = place(preferences, collected);
  if (!placed) return tl::unexpected(placed.error());

  const bool unchanged = placed->unchanged_since.has_value();
  if (options.json) return print(json_of_spooled(unchanged ? std::nullopt : std::optional(placed->file)));
  return print(unchanged ? unchanged_line(*placed->unchanged_since, "put into the spool")
                         : placed->file + " waits for the agent\n");
}

}  // namespace muster::cli
