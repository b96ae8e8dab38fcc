#include "platform/change_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <string>

#include "platform/file.h"

namespace muster::platform {
namespace {

constexpr std::uint32_t of_entries = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB;
constexpr std::uint32_t of_the_folder = IN_DELETE_SELF | IN_MOVE_SELF;

Error cannot_watch(const std::string& what, int number) {
  std::string remedy;
  if (number == ENOSPC) remedy = "raise fs.inotify.max_user_watches";
  if (number == EMFILE) remedy = "raise fs.inotify.max_user_instances";
  if (number == EACCES) remedy = "run as root or join the group muster";
  return system_error("cannot watch " + what, number, std::move(remedy));
}

}  // namespace

struct ChangeWatch::State {
  UniqueFd handle;
  std::map<std::filesystem::path, int> folders;
};

ChangeWatch::ChangeWatch(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChangeWatch::ChangeWatch(ChangeWatch&& other) noexcept = default;
ChangeWatch& ChangeWatch::operator=(ChangeWatch&& other) noexcept = default;
ChangeWatch::~ChangeWatch() = default;

const UniqueFd& ChangeWatch::handle() const { return state_->handle; }

Result<ChangeWatch> ChangeWatch::make() {
  auto state = std::make_unique<State>();
  state->handle = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!state->handle) return fail(cannot_watch("folders", errno));
  return ChangeWatch(std::move(state));
}

Status ChangeWatch::watch(const std::set<std::filesystem::path>& folders) {
  std::map<std::filesystem::path, int> watched;
  Status first_problem;

  for (const auto& folder : folders) {
    const int number =
        ::inotify_add_watch(state_->handle.get(), folder.c_str(), of_entries | of_the_folder | IN_ONLYDIR);
    if (number >= 0) {
      watched.emplace(folder, number);
    } else if (errno != ENOENT && errno != ENOTDIR && first_problem) {
      first_problem = fail(cannot_watch(folder.string(), errno));
    }
  }

  // Two names of one folder share a number: it goes only when none of them is wanted any more.
  for (const auto& former : state_->folders) {
    const bool wanted =
        std::any_of(watched.begin(), watched.end(), [&](const auto& one) { return one.second == former.second; });
    if (!wanted) ::inotify_rm_watch(state_->handle.get(), former.second);
  }

  state_->folders = std::move(watched);
  return first_problem;
}

bool ChangeWatch::take_changes() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  bool changed = false;

  for (;;) {
    const ssize_t size = ::read(state_->handle.get(), buffer.data(), buffer.size());
    if (size <= 0) return changed;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof(inotify_event) + event->len;
      changed = changed || event->mask != IN_IGNORED;  // that one follows from watch() itself
    }
  }
}

}  // namespace muster::platform
