#include "platform/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/file.h"

namespace muster::platform {
namespace {

constexpr std::uint32_t watched = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

tl::unexpected<Error> cannot_watch(const std::string& what) {
  const int number = errno;
  std::string remedy;
  if (number == ENOSPC) remedy = "raise fs.inotify.max_user_watches";
  if (number == EMFILE) remedy = "raise fs.inotify.max_user_instances";
  if (number == EACCES) remedy = "run as root or join the group muster";
  return fail(ErrorKind::local_file, "cannot watch " + what + ": " + os_error(number), std::move(remedy));
}

}  // namespace

Result<FolderWatch> FolderWatch::make() {
  UniqueFd handle(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!handle) return cannot_watch("folders");
  return FolderWatch(std::move(handle));
}

Status FolderWatch::add(const std::filesystem::path& folder) {
  const int number = ::inotify_add_watch(handle_.get(), folder.c_str(), watched);
  if (number < 0) return cannot_watch(folder.string());
  folders_[number] = folder;
  return {};
}

std::vector<FolderWatch::Change> FolderWatch::changes() {
  std::vector<Change> changes;
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::read(handle_.get(), buffer.data(), buffer.size());
    if (size <= 0) return changes;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof(inotify_event) + event->len;
      const auto folder = folders_.find(event->wd);
      if ((event->mask & IN_IGNORED) != 0 && folder != folders_.end()) folders_.erase(folder);
      if ((event->mask & IN_IGNORED) != 0) continue;
      Change change;
      if (folder != folders_.end()) change.folder = folder->second;
      if (event->len > 0) change.name = &event->name[0];
      const bool lost = (event->mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) != 0;
      const bool is_folder = (event->mask & IN_ISDIR) != 0;
      const bool complete = (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
      if (!lost && !is_folder && !complete && (event->mask & IN_CREATE) == 0) continue;
      change.kind = lost        ? Change::Kind::lost
                    : is_folder ? Change::Kind::folder
                    : complete  ? Change::Kind::file
                                : Change::Kind::name;
      changes.push_back(std::move(change));
    }
  }
}

}  // namespace muster::platform
