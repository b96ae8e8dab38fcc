#include "agent/inventory/upload_record.h"

#include <utility>
#include <vector>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/file_lock.h"

namespace muster::inventory {
namespace {

constexpr std::uint64_t max_file = 4096;
constexpr milliseconds lock_patience{2000};
constexpr Format formats[] = {Format::glpi, Format::cyclonedx};

std::filesystem::path file_of(const std::filesystem::path& state, Format format) {
  return state / (format == Format::glpi ? "inventory-glpi" : "inventory-cyclonedx");
}

// "accepted DIGEST SECONDS" and "pending DIGEST SECONDS NAME"
std::string content_of(const UploadRecord& record) {
  const auto version = [](const UploadRecord::Version& one) {
    return one.digest + " " + std::to_string(std::chrono::system_clock::to_time_t(one.time));
  };
  std::string content;
  if (record.accepted) content += "accepted " + version(*record.accepted) + "\n";
  if (record.pending) content += "pending " + version(*record.pending) + " " + record.pending_file + "\n";
  return content;
}

std::optional<UploadRecord::Version> version_of(const std::vector<std::string>& words) {
  const auto time = text::to_number(words[2]);
  constexpr std::uint64_t max_time = 253'402'300'799;  // the year 9999
  if (!time || *time > max_time) return std::nullopt;
  return UploadRecord::Version{words[1], WallTime(seconds(*time))};
}

Status write(const std::filesystem::path& state, Format format, const UploadRecord& record) {
  return platform::write_file(file_of(state, format), content_of(record), 0644);
}

std::optional<platform::FileLock> lock(const std::filesystem::path& state) {
  return platform::FileLock::take(state / "inventory.lock", lock_patience);
}

}  // namespace

bool is_due(const UploadRecord& record, const std::string& digest, WallTime now) {
  if (!record.accepted || record.accepted->digest != digest) return true;
  return now < record.accepted->time || now - record.accepted->time >= full_interval;
}

UploadRecord read_upload_record(const std::filesystem::path& state, Format format) {
  UploadRecord record;
  const auto content = platform::read_file(file_of(state, format), max_file);
  if (!content) return record;

  for (const std::string& line : text::split(*content, '\n')) {
    const std::vector<std::string> words = text::split(line, ' ');
    if (words.size() == 3 && words[0] == "accepted") record.accepted = version_of(words);
    if (words.size() == 4 && words[0] == "pending") {
      record.pending = version_of(words);
      record.pending_file = words[3];
    }
  }
  return record;
}

Status record_pending(const std::filesystem::path& state, Format format, const UploadRecord::Version& version,
                      const std::string& file) {
  std::error_code ignored;  // where the folder cannot be made, writing says why
  std::filesystem::create_directories(state, ignored);
  const auto held = lock(state);
  UploadRecord record = read_upload_record(state, format);
  record.pending = version;
  record.pending_file = file;
  return write(state, format, record);
}

Status record_accepted(const std::filesystem::path& state, const std::string& file) {
  for (const Format format : formats) {
    if (read_upload_record(state, format).pending_file != file || file.empty()) continue;
    const auto held = lock(state);
    UploadRecord record = read_upload_record(state, format);
    if (record.pending_file != file) continue;
    record.accepted = std::exchange(record.pending, std::nullopt);
    record.pending_file.clear();
    return write(state, format, record);
  }
  return {};
}

}  // namespace muster::inventory
