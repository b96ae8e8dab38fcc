#include "agent/service/status_reports.h"

#include <fmt/core.h>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"

namespace muster::service {
namespace {

constexpr std::uint64_t max_record = 1 << 20;
constexpr unsigned readable_for_group = 0640;

// "SECONDS SIGNATURE".
std::optional<LastReport> read_record(const std::filesystem::path& file) {
  const auto content = platform::read_file(file, max_record);
  if (!content) return std::nullopt;
  const std::size_t blank = content->find(' ');
  if (blank == std::string::npos) return std::nullopt;
  const auto time = text::to_number(std::string_view(*content).substr(0, blank));
  if (!time) return std::nullopt;
  return LastReport{WallTime(seconds(static_cast<seconds::rep>(*time))), content->substr(blank + 1)};
}

}  // namespace

StatusReports::StatusReports(std::filesystem::path spool, std::filesystem::path record, Source source)
    : spool_(std::move(spool)), record_(std::move(record)), source_(std::move(source)), last_(read_record(record_)) {}

// Whatever has happened: whether it has changed the state shows in the signature.
void StatusReports::on_time(SteadyTime now) {
  due_.reset();
  auto status = stopped_ ? std::nullopt : source_.current();
  if (!status) return;

  if (!last_) last_ = LastReport{status->time, signature(*status)};
  const WallTime next = next_report(last_, signature(*status), status->time);
  if (wanted_ || next <= status->time) {
    wanted_ = false;
    report(std::move(*status));
  } else if (next < last_->time + max_report_gap) {
    due_ = now + std::chrono::ceil<milliseconds>(next - status->time);
  }
}

void StatusReports::report(DeviceStatus status) {
  last_ = LastReport{status.time, signature(status)};
  source_.complete(status);
  write(status);
  remember();
}

// A report that still waits is replaced: only the newest counts.
void StatusReports::write(const DeviceStatus& status) {
  const std::filesystem::path folder = spool_ / "Status";
  std::error_code failed;
  std::filesystem::create_directory(folder, failed);  // the next line shows whether that was in vain
  const auto written = platform::write_file_unsynced(folder / (text::encode_segment(status.device) + ".json"),
                                                     status_document(status), readable_for_group);
  std::string problem = written ? "" : written.error().line();
  if (!problem.empty() && problem != problem_) log::warning("the status is not reported: " + problem);
  problem_ = std::move(problem);
}

void StatusReports::remember() const {
  const auto since_1970 = std::chrono::floor<seconds>(last_->time.time_since_epoch()).count();
  const auto written =
      platform::write_file_unsynced(record_, fmt::format("{} {}", since_1970, last_->signature), readable_for_group);
  if (!written) log::debug(written.error().line());
}

}  // namespace muster::service
