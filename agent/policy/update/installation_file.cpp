#include "agent/policy/update/installation_file.h"

#include <fmt/core.h>

#include "platform/atomic_file.h"
#include "platform/file.h"

namespace muster::update {
namespace {

constexpr std::uint64_t max_record = 1ULL << 20;
constexpr std::uint64_t max_health = 4096;
constexpr unsigned readable_for_all = 0644;
constexpr unsigned readable_for_group = 0640;

}  // namespace

Result<Installation> read_installation(const Places& places) {
  const auto text = platform::read_file(places.record(), max_record);
  if (!text) return fail(text.error());
  auto record = installation_from(*text);
  if (record) return record;
  return fail(ErrorKind::local_file,
              fmt::format("cannot read {}: {}", places.record().string(), record.error().message));
}

Status write_installation(const Places& places, const Installation& record) {
  return platform::write_file(places.record(), text_of(record), readable_for_all);
}

Result<platform::OpenEntry> open_staged(const Places& places, const char* name) {
  const auto state = platform::Folder::open(places.staged().parent_path());
  if (!state) return fail(state.error());
  const auto folder = state->open_folder(places.staged().filename().string(), false);
  if (!folder) return fail(folder.error());

  platform::OpenEntry entry = folder->examine(name);
  if (entry.state == platform::OpenEntry::State::open) return entry;
  if (entry.state == platform::OpenEntry::State::gone) {
    return fail(ErrorKind::local_file, fmt::format("there is no {}", name));
  }
  return fail(entry.problem);
}

std::optional<Health> read_health(const Places& places) {
  const auto entry = open_staged(places, Places::health_name);
  if (!entry) return std::nullopt;
  const auto text = platform::read_all(entry->file, places.health(), max_health);
  const auto health = text ? health_from(*text) : Result<Health>(fail(text.error()));
  return health ? std::optional(*health) : std::nullopt;
}

Status write_health(const Places& places, const Health& health) {
  return platform::write_file_unsynced(places.health(), text_of(health), readable_for_group);
}

}  // namespace muster::update
