#include "agent/beacon/history_file.h"

#include <system_error>

#include "platform/file.h"
#include "platform/file_lock.h"
#include "platform/log.h"
#include "platform/placed_file.h"

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

History HistoryFile::load() const {
  const auto text = platform::read_file(file_, largest);
  if (!text) return {};
  if (auto history = decode(*text)) return std::move(*history);
  const auto aside = beside(file_, ".damaged");
  std::error_code problem;
  std::filesystem::rename(file_, aside, problem);
  log::warning("the history of beacons in " + file_.string() + " is damaged and begins anew" +
               (problem ? "" : "; the old one is " + aside.string()));
  return {};
}

Result<History> HistoryFile::save(const History& ours, WallTime now) const {
  std::error_code problem;
  std::filesystem::create_directories(file_.parent_path(), problem);
  const auto lock = platform::FileLock::take(beside(file_, ".lock"), patience);
  if (!lock) {
    return fail(ErrorKind::local_file,
                "cannot lock " + file_.string() + ".lock: what was learnt of beacons is not kept",
                "give the service write access to " + file_.parent_path().string());
  }
  History all = load();
  all.merge(ours, now);
  if (auto written = platform::write_unlasting_file(file_, encode(all), mode); !written) {
    return tl::unexpected(written.error());
  }
  return all;
}

}  // namespace muster::beacon
