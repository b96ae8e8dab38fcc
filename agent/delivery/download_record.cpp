#include "agent/delivery/download_record.h"

#include <fmt/core.h>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/log.h"
#include "platform/service_folder.h"
#include "ssl/digest.h"

namespace muster::delivery {
namespace {

constexpr std::uint64_t largest_record = 8192;

// Device, inode, size and time of the placed file, on one line.
std::string identity_of(const platform::FileFacts& facts) {
  return fmt::format("{} {} {} {}", facts.device, facts.inode, facts.size, facts.modified.time_since_epoch().count());
}

std::filesystem::path absolute_path(const std::filesystem::path& path) {
  std::error_code problem;
  return std::filesystem::absolute(path, problem).lexically_normal();
}

}  // namespace

DownloadRecord::DownloadRecord(const std::filesystem::path& folder, const std::filesystem::path& target)
    : target_(absolute_path(target)) {
  file_ = folder / text::hex(ssl::sha256(target_.string())).substr(0, 32);
}

std::vector<std::string> DownloadRecord::condition() const {
  const auto facts = platform::facts_at(target_);
  const auto record = platform::read_file(file_, largest_record);
  if (!facts || !record) return {};
  const auto lines = text::split_exactly(*record, '\n');
  if (lines.size() < 3 || lines[0] != identity_of(*facts)) return {};
  std::vector<std::string> fields;
  if (!lines[1].empty()) fields.push_back("If-None-Match: " + lines[1]);
  if (!lines[2].empty()) fields.push_back("If-Modified-Since: " + lines[2]);
  return fields;
}

void DownloadRecord::remember(const transfer::Reply& reply) const {
  const auto facts = platform::facts_at(target_);
  const std::string tag = reply.field("ETag").value_or("");
  const std::string modified = reply.field("Last-Modified").value_or("");

  std::error_code problem;
  static_cast<void>(platform::make_service_folder(file_.parent_path().parent_path()));
  static_cast<void>(platform::make_service_folder(file_.parent_path()));
  if (!facts || (tag.empty() && modified.empty())) {
    std::filesystem::remove(file_, problem);
    return;
  }

  const std::string record =
      identity_of(*facts) + "\n" + text::printable(tag) + "\n" + text::printable(modified) + "\n";
  if (auto written = platform::write_file(file_, record, 0640); !written) log::debug(written.error().line());
}

}  // namespace muster::delivery
