#include "platform/change_watch.h"

#include <map>

#include "platform/windows/folder_reports.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr DWORD watched = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_LAST_WRITE |
                          FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_SECURITY;

}  // namespace

struct ChangeWatch::State {
  UniqueFd handle;
  std::map<std::filesystem::path, std::unique_ptr<FolderReports>> folders;
};

ChangeWatch::ChangeWatch(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChangeWatch::ChangeWatch(ChangeWatch&& other) noexcept = default;
ChangeWatch& ChangeWatch::operator=(ChangeWatch&& other) noexcept = default;
ChangeWatch::~ChangeWatch() = default;

const UniqueFd& ChangeWatch::handle() const { return state_->handle; }

Result<ChangeWatch> ChangeWatch::make() {
  auto state = std::make_unique<State>();
  state->handle = owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!state->handle) return fail(cannot("watch", "folders"));
  return ChangeWatch(std::move(state));
}

Status ChangeWatch::watch(const std::set<std::filesystem::path>& folders) {
  Status first_problem;
  std::erase_if(state_->folders,
                [&](const auto& one) { return !folders.contains(one.first) || one.second->has_ended(); });

  for (const auto& folder : folders) {
    if (state_->folders.contains(folder)) continue;
    auto reports = FolderReports::start(folder, watched, handle_of(state_->handle));
    const DWORD number = ::GetLastError();
    if (reports) {
      state_->folders.emplace(folder, std::move(reports));
    } else if (!is_missing(number) && number != ERROR_DIRECTORY && first_problem) {
      first_problem = fail(cannot("watch", folder, number));
    }
  }
  return first_problem;
}

bool ChangeWatch::take_changes() {
  ::ResetEvent(handle_of(state_->handle));
  ::SleepEx(0, TRUE);  // those that have arrived

  bool changed = false;
  for (const auto& [folder, reports] : state_->folders) changed = !reports->take().empty() || changed;
  return changed;
}

}  // namespace muster::platform
