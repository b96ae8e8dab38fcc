#include "platform/system_root.h"

#include <algorithm>

#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/folder.h"
#include "platform/windows/native.h"

namespace muster::platform {

// This machine alone, by the name that it has on every system: what Windows keeps about itself is in no files.
Result<SystemRoot> SystemRoot::open(const std::filesystem::path& folder) {
  if (folder == "/") return SystemRoot(folder.root_path(), UniqueFd(), true);
  return fail(ErrorKind::local_file, "cannot open the system's root " + folder.string() + ": it is another system's",
              "leave --root out");
}

UniqueFd SystemRoot::open_entry(const std::string& path, int /*flags*/) const { return open_file(path); }

UniqueFd SystemRoot::open_file(const std::string& path) const {
  auto file = open_regular(outside(path));
  return file ? std::move(*file) : UniqueFd();
}

std::optional<std::string> SystemRoot::read(const std::string& path, std::size_t limit) const {
  const UniqueFd file = open_file(path);
  if (!file) return std::nullopt;
  std::string content(limit, '\0');
  std::size_t used = 0;
  while (used < limit) {
    const auto got = read_at(file, path, used, content.data() + used, limit - used);
    if (!got || *got == 0) break;
    used += *got;
  }
  content.resize(used);
  return content;
}

std::string SystemRoot::line(const std::string& path) const {
  const std::string content = read(path, max_line).value_or("");
  return std::string(text::trim(std::string_view(content).substr(0, content.find('\n'))));
}

std::optional<std::uint64_t> SystemRoot::number(const std::string& path) const { return text::to_number(line(path)); }

bool SystemRoot::each_line(const std::string& path, const std::function<void(std::string_view)>& use) const {
  const auto content = read(path);
  if (!content) return false;
  for (const std::string& line : text::split_exactly(*content, '\n')) use(std::string_view(line).substr(0, max_line));
  return true;
}

std::vector<std::string> SystemRoot::names(const std::string& folder) const {
  std::vector<std::string> found;
  auto listing = Listing::of(UniqueFd(), outside(folder));
  if (!listing) return found;
  while (const auto name = listing->next()) found.push_back(name->text);
  std::sort(found.begin(), found.end());
  return found;
}

std::string SystemRoot::link(const std::string& /*path*/) const { return {}; }

bool SystemRoot::exists(const std::string& path) const { return platform::exists(outside(path)); }

std::optional<WallTime> SystemRoot::modified(const std::string& path) const {
  const auto facts = facts_at(outside(path));
  if (!facts) return std::nullopt;
  return facts->modified;
}

}  // namespace muster::platform
