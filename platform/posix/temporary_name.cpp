#include "platform/posix/temporary_name.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "platform/folder.h"
#include "platform/posix/path_walk.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

constexpr std::string_view ending = ".tmp";

std::string beginning(const std::filesystem::path& target) { return "." + target.filename().string() + "."; }

std::optional<pid_t> writer_of(std::string_view name, std::string_view begin) {
  if (!name.starts_with(begin) || !name.ends_with(ending) || name.size() <= begin.size() + ending.size()) return {};
  const std::string_view digits = name.substr(begin.size(), name.size() - begin.size() - ending.size());
  pid_t process = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), process);
  if (problem != std::errc() || end != digits.data() + digits.size() || process <= 0) return {};
  return process;
}

bool is_alive(pid_t process) { return ::kill(process, 0) == 0 || errno != ESRCH; }

void remove_unless_locked(int folder, const char* name) {
  const UniqueFd file(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid()) return;
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) ::unlinkat(folder, name, 0);
}

}  // namespace

std::filesystem::path temporary_beside(const std::filesystem::path& target) {
  return target.parent_path() / fmt::format("{}{}{}", beginning(target), ::getpid(), ending);
}

// A folder that cannot be listed is reported when a file is written there.
void remove_abandoned(const std::filesystem::path& target) {
  const auto place = walk_to_folder(target.parent_path());
  if (!place) return;
  auto listing = Listing::of(place->folder, target.parent_path());
  if (!listing) return;

  const std::string begin = beginning(target);
  while (const auto name = listing->next()) {
    const auto writer = writer_of(name->text, begin);
    if (writer && !is_alive(*writer)) remove_unless_locked(place->folder.get(), name->text.c_str());
  }
}

}  // namespace muster::platform
