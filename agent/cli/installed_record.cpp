#include "agent/cli/installed_record.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/service_folder.h"
#include "ssl/digest.h"

namespace muster::cli {
namespace {

constexpr std::uint64_t max_record = 1 << 20;
constexpr unsigned private_to_root = 0600;
constexpr std::string_view value_mark = "value ";
constexpr std::string_view kept_mark = "kept ";

std::string digest_of(const std::string& value) { return text::hex(ssl::sha256(value)); }

}  // namespace

bool InstalledRecord::Value::is(const std::string& value) const { return digest == digest_of(value); }

Result<InstalledRecord> InstalledRecord::load(const std::filesystem::path& data_directory) {
  InstalledRecord record(data_directory / "etc" / ".muster-installed");
  if (platform::absent(record.file_)) return record;
  const auto content = platform::read_file(record.file_, max_record);
  if (!content) return tl::unexpected(content.error());
  for (const std::string& line : text::split(*content, '\n')) record.take(line);
  return record;
}

// "value DIGEST SECTION\NAME" or "kept WORDS".
void InstalledRecord::take(const std::string& line) {
  if (line.starts_with(kept_mark)) return kept_.push_back(line.substr(kept_mark.size()));
  const std::size_t blank = line.find(' ', value_mark.size());
  if (!line.starts_with(value_mark) || blank == std::string::npos) return;
  digests_[line.substr(blank + 1)] = line.substr(value_mark.size(), blank - value_mark.size());
}

void InstalledRecord::add_value(const config::Address& address, const std::string& value) {
  digests_[address.section + "\\" + address.name] = digest_of(value);
}

void InstalledRecord::add_kept(const std::string& what) {
  const std::string line = text::printable(what);
  if (std::find(kept_.begin(), kept_.end(), line) == kept_.end()) kept_.push_back(line);
}

Status InstalledRecord::save() const {
  if (digests_.empty() && kept_.empty()) return {};
  std::string content;
  for (const auto& [name, digest] : digests_) content += fmt::format("{}{} {}\n", value_mark, digest, name);
  for (const std::string& what : kept_) content += fmt::format("{}{}\n", kept_mark, what);
  if (auto made = platform::make_service_folder(file_.parent_path()); !made) return made;
  return platform::write_file(file_, content, private_to_root);
}

std::vector<InstalledRecord::Value> InstalledRecord::values() const {
  std::vector<Value> found;
  for (const auto& [name, digest] : digests_) {
    const std::size_t end = name.rfind('\\');
    if (end != std::string::npos) found.push_back({{name.substr(0, end), name.substr(end + 1)}, digest});
  }
  return found;
}

}  // namespace muster::cli
