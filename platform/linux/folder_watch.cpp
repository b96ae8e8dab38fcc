#include "platform/folder_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "platform/file.h"

namespace muster::platform {
namespace {

using Kind = FolderWatch::Change::Kind;

constexpr std::uint32_t watched = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t folder_is_gone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

tl::unexpected<Error> cannot_watch(const std::string& what) {
  const int number = errno;
  std::string remedy;
  if (number == ENOSPC) remedy = "raise fs.inotify.max_user_watches";
  if (number == EMFILE) remedy = "raise fs.inotify.max_user_instances";
  if (number == EACCES) remedy = "run as root or join the group muster";
  return fail(system_error("cannot watch " + what, number, std::move(remedy)));
}

bool add_to(const UniqueFd& set, const UniqueFd& file, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  return ::epoll_ctl(set.get(), EPOLL_CTL_ADD, file.get(), &event) == 0;
}

UniqueFd mount_table() { return UniqueFd(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)); }

// What an event says; nothing for those of no interest.
std::optional<Kind> kind_of(std::uint32_t mask) {
  if ((mask & (folder_is_gone | IN_Q_OVERFLOW)) != 0) return Kind::lost;
  const bool is_folder = (mask & IN_ISDIR) != 0;
  if (is_folder) return (mask & (IN_CREATE | IN_MOVED_TO)) != 0 ? std::optional(Kind::folder) : std::nullopt;
  if ((mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) return Kind::file;
  if ((mask & IN_MODIFY) != 0) return Kind::written;
  return (mask & IN_CREATE) != 0 ? std::optional(Kind::name) : std::nullopt;
}

struct WatchedFolder {
  std::filesystem::path path;
  std::pair<std::uint64_t, std::uint64_t> identity;  // device and inode
};

}  // namespace

struct FolderWatch::State {
  UniqueFd handle;  // readable when there are events, or when something was mounted
  UniqueFd events;
  UniqueFd mounts;         // wakes the process
  UniqueFd mount_changes;  // read for what happened: a poll takes a change, and the system polls the other one
  bool follow_writes = false;
  std::map<int, WatchedFolder> folders;

  void watch_mounts();
  bool mounts_changed() const;
  void report_covered(std::vector<Change>& changes);
  void forget(int number);
};

FolderWatch::FolderWatch(std::unique_ptr<State> state) : state_(std::move(state)) {}
FolderWatch::FolderWatch(FolderWatch&& other) noexcept = default;
FolderWatch& FolderWatch::operator=(FolderWatch&& other) noexcept = default;
FolderWatch::~FolderWatch() = default;

const UniqueFd& FolderWatch::handle() const { return state_->handle; }

Result<FolderWatch> FolderWatch::make(bool follow_writes) {
  auto state = std::make_unique<State>();
  state->follow_writes = follow_writes;
  state->events = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!state->events) return cannot_watch("folders");

  state->handle = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!state->handle || !add_to(state->handle, state->events, EPOLLIN)) return cannot_watch("folders");
  state->watch_mounts();
  return FolderWatch(std::move(state));
}

// A folder that is mounted over is still there for its watch, but no program can put a file into it any more. Without
// this the next scan finds it.
void FolderWatch::State::watch_mounts() {
  mounts = mount_table();
  mount_changes = mount_table();
  if (!mounts || !mount_changes || !add_to(handle, mounts, EPOLLPRI)) mount_changes.reset();
  static_cast<void>(mounts_changed());  // from now on
}

bool FolderWatch::State::mounts_changed() const {
  if (!mount_changes) return false;
  pollfd poll{mount_changes.get(), POLLPRI, 0};
  return ::poll(&poll, 1, 0) > 0 && (poll.revents & (POLLPRI | POLLERR)) != 0;
}

Status FolderWatch::add(const std::filesystem::path& folder) {
  const std::uint32_t mask = watched | (state_->follow_writes ? std::uint32_t{IN_MODIFY} : 0U);
  const int number = ::inotify_add_watch(state_->events.get(), folder.c_str(), mask);
  if (number < 0) return cannot_watch(folder.string());

  const auto facts = facts_at(folder);
  state_->folders[number] = {
      folder, facts ? std::pair(facts->device, facts->inode) : std::pair<std::uint64_t, std::uint64_t>()};
  return {};
}

void FolderWatch::State::forget(int number) {
  if (folders.erase(number) > 0) ::inotify_rm_watch(events.get(), number);
}

// The folders whose path leads elsewhere since something was mounted or unmounted.
void FolderWatch::State::report_covered(std::vector<Change>& changes) {
  if (!mounts_changed()) return;
  std::vector<int> covered;
  for (const auto& [number, folder] : folders) {
    const auto facts = facts_at(folder.path);
    if (facts && std::pair(facts->device, facts->inode) == folder.identity) continue;
    changes.push_back({Kind::lost, folder.path, {}});
    covered.push_back(number);
  }
  for (const int number : covered) forget(number);
}

std::vector<FolderWatch::Change> FolderWatch::changes() {
  std::vector<Change> changes;
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::read(state_->events.get(), buffer.data(), buffer.size());
    if (size <= 0) break;

    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof(inotify_event) + event->len;

      const auto folder = state_->folders.find(event->wd);
      const bool is_known = folder != state_->folders.end();
      const auto kind = kind_of(event->mask);
      if (!kind || (!is_known && (event->mask & IN_Q_OVERFLOW) == 0)) continue;

      Change change;
      change.kind = *kind;
      if (is_known) change.folder = folder->second.path;
      if (event->len > 0) change.name = &event->name[0];
      changes.push_back(std::move(change));
      if ((event->mask & folder_is_gone) != 0) state_->forget(event->wd);
    }
  }
  state_->report_covered(changes);
  return changes;
}

}  // namespace muster::platform
