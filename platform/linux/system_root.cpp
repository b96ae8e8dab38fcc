#include "platform/system_root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/folder.h"
#include "platform/linux/epoch.h"

namespace muster::platform {
namespace {

constexpr std::size_t block_size = 32 << 10;

// Up to the end of the file, an error or `limit` bytes, whichever comes first.
std::string read_up_to(const UniqueFd& file, std::size_t limit) {
  std::string content;

  while (content.size() < limit) {
    const std::size_t used = content.size();
    content.resize(std::min(limit, used + (used == 0 ? 4096 : block_size)));
    const ssize_t got = ::read(file.get(), content.data() + used, content.size() - used);
    content.resize(used + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0 && !(got < 0 && errno == EINTR)) break;
  }

  return content;
}

void pass_lines(const UniqueFd& file, const std::function<void(std::string_view)>& use) {
  std::string rest;  // the beginning of a line whose end has not been read yet
  std::string block(block_size, '\0');

  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;

    std::string_view unread(block.data(), static_cast<std::size_t>(got));
    for (std::size_t end = unread.find('\n'); end != std::string_view::npos; end = unread.find('\n')) {
      if (rest.empty()) {
        use(unread.substr(0, end));
      } else {
        rest.append(unread.substr(0, end));
        use(std::string_view(rest).substr(0, SystemRoot::max_line));
        rest.clear();
      }
      unread.remove_prefix(end + 1);
    }

    if (rest.size() < SystemRoot::max_line) rest.append(unread);
  }

  if (!rest.empty()) use(std::string_view(rest).substr(0, SystemRoot::max_line));
}

}  // namespace

Result<SystemRoot> SystemRoot::open(const std::filesystem::path& folder) {
  UniqueFd handle(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!handle) {
    return fail(system_error("cannot open the system's root " + folder.string(), errno,
                             "name the folder in which the system is mounted"));
  }

  struct stat opened {};
  struct stat own {};
  const bool live = ::fstat(handle.get(), &opened) == 0 && ::stat("/", &own) == 0 && opened.st_dev == own.st_dev &&
                    opened.st_ino == own.st_ino;
  return SystemRoot(folder, std::move(handle), live);
}

UniqueFd SystemRoot::open_entry(const std::string& path, int flags) const {
  if (live_) return UniqueFd(::openat(handle_.get(), path.c_str(), flags | O_CLOEXEC));

  open_how how{};
  how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | O_CLOEXEC));
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, handle_.get(), path.c_str(), &how, sizeof how)));
}

UniqueFd SystemRoot::open_file(const std::string& path) const {
  UniqueFd file = open_entry(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file && (errno == EACCES || errno == EPERM) && refused_.size() < max_refused &&
      std::find(refused_.begin(), refused_.end(), path) == refused_.end()) {
    refused_.push_back(path);
  }

  struct stat facts {};
  if (file && (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))) file.reset();
  return file;
}

std::optional<std::string> SystemRoot::read(const std::string& path, std::size_t limit) const {
  const UniqueFd file = open_file(path);
  if (!file) return std::nullopt;
  return read_up_to(file, limit);
}

std::string SystemRoot::line(const std::string& path) const {
  const std::string content = read(path, max_line).value_or("");
  return std::string(text::trim(std::string_view(content).substr(0, content.find('\n'))));
}

std::optional<std::uint64_t> SystemRoot::number(const std::string& path) const { return text::to_number(line(path)); }

bool SystemRoot::each_line(const std::string& path, const std::function<void(std::string_view)>& use) const {
  const UniqueFd file = open_file(path);
  if (file) pass_lines(file, use);
  return static_cast<bool>(file);
}

std::vector<std::string> SystemRoot::names(const std::string& folder) const {
  std::vector<std::string> found;
  const UniqueFd handle = open_entry(folder, O_RDONLY | O_DIRECTORY);
  if (!handle) {
    if (errno == EACCES && refused_.size() < max_refused) refused_.push_back(folder);
    return found;
  }

  auto listing = Listing::of(handle, folder);
  while (auto name = listing ? listing->next() : std::nullopt) found.push_back(std::move(name->text));
  std::sort(found.begin(), found.end());
  return found;
}

std::string SystemRoot::link(const std::string& path) const {
  const UniqueFd entry = open_entry(path, O_PATH | O_NOFOLLOW);
  if (!entry) return {};
  std::array<char, 4096> target{};
  const ssize_t size = ::readlinkat(entry.get(), "", target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

bool SystemRoot::exists(const std::string& path) const { return static_cast<bool>(open_entry(path, O_PATH)); }

std::optional<WallTime> SystemRoot::modified(const std::string& path) const {
  struct stat facts {};
  if (live_) {
    if (::fstatat(handle_.get(), path.c_str(), &facts, 0) != 0) return std::nullopt;
  } else {
    const UniqueFd entry = open_entry(path, O_PATH);
    if (!entry || ::fstat(entry.get(), &facts) != 0) return std::nullopt;
  }
  return facts.st_mtim.tv_sec < 0 ? std::nullopt : time_of(static_cast<std::uint64_t>(facts.st_mtim.tv_sec));
}

}  // namespace muster::platform
