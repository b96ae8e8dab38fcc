#include "agent/beacon/history_file.h"

#include <system_error>

#include "platform/atomic_file.h"
#include "platform/file_lock.h"
#include "platform/log.h"
#include "platform/service_folder.h"

namespace muster::beacon {
namespace {

constexpr std::uint64_t largest = 4 << 20;
constexpr unsigned mode = 0640;
constexpr milliseconds patience{20};

std::filesystem::path beside(std::filesystem::path file, const char* ending) {
  file += ending;
  return file;
}

}  // namespace

// nullopt: damaged.
std::optional<History> HistoryFile::read() {
  seen_ = platform::facts_at(file_);
  const auto text = platform::read_file(file_, largest);
  return text ? decode(*text) : History{};
}

History HistoryFile::load() {
  if (auto history = read()) return std::move(*history);
  // Another process may have replaced it since: it is read again under the lock before it is set aside.
  const auto lock = platform::FileLock::take(beside(file_, ".lock"), patience);
  return lock ? load_locked() : History{};
}

bool HistoryFile::changed() const { return platform::facts_at(file_) != seen_; }

History HistoryFile::load_locked() {
  if (auto history = read()) return std::move(*history);
  const auto aside = beside(file_, ".damaged");
  std::error_code problem;
  std::filesystem::rename(file_, aside, problem);
  log::warning("the history of beacons in " + file_.string() + " is damaged; starting a new one" +
               (problem ? "" : " (old file: " + aside.string() + ")"));
  return {};
}

Result<History> HistoryFile::save(const History& ours, WallTime now) {
  static_cast<void>(platform::make_service_folder(file_.parent_path()));
  const auto lock = platform::FileLock::take(beside(file_, ".lock"), patience);
  if (!lock) {
    return fail(ErrorKind::local_file, "cannot lock " + file_.string() + ".lock; beacon measurements are not saved",
                "give the service write access to " + file_.parent_path().string());
  }

  History all = load_locked();
  all.merge(ours, now);
  if (auto written = platform::write_file_unsynced(file_, encode(all), mode); !written) {
    return tl::unexpected(written.error());
  }
  seen_ = platform::facts_at(file_);
  return all;
}

}  // namespace muster::beacon
