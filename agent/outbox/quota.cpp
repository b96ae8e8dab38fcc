#include "agent/outbox/quota.h"

#include <fmt/core.h>

#include "agent/spool/quota.h"
#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/file_lock.h"
#include "platform/log.h"
#include "platform/service_folder.h"

namespace muster::outbox {
namespace {

constexpr std::uint64_t longest_number = 32;
constexpr unsigned mode = 0640;
constexpr milliseconds patience{1000};

std::filesystem::path file_in(const std::filesystem::path& state) { return state / "removed-for-quota"; }

void add_to_total(const std::filesystem::path& state, std::uint64_t removed) {
  static_cast<void>(platform::make_service_folder(state));  // what fails is reported by the write
  const auto lock = platform::FileLock::take(state / "removed-for-quota.lock", patience);
  const std::string total = std::to_string(total_dropped_for_quota(state) + removed) + "\n";
  if (auto written = platform::write_file(file_in(state), total, mode); !written) log::warning(written.error().line());
}

}  // namespace

std::uint64_t apply_quota(spool::Spool& spool, std::uint64_t quota, const std::filesystem::path& state) {
  if (quota == 0) return 0;
  const std::uint64_t removed = spool::enforce_quota(spool, quota, [quota](const spool::Item& item) {
    log::warning(fmt::format("removed {} of {}, undelivered: the spool is larger than SpoolQuota ({} bytes)",
                             item.path.string(), iso8601(item.facts.modified), quota));
  });
  if (removed > 0) add_to_total(state, removed);
  return removed;
}

std::uint64_t total_dropped_for_quota(const std::filesystem::path& state) {
  const auto content = platform::read_file(file_in(state), longest_number);
  if (!content || content->empty()) return 0;
  return text::to_number(content->substr(0, content->find('\n'))).value_or(0);
}

}  // namespace muster::outbox
