#include "platform/folder_watch.h"

#include <algorithm>
#include <map>

#include "platform/file_kind.h"
#include "platform/windows/folder_reports.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

using Kind = FolderWatch::Change::Kind;

constexpr DWORD watched = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_LAST_WRITE |
                          FILE_NOTIFY_CHANGE_SIZE;

// No report says that a writer has closed the file. Its times and its size become final with that, which is a report of
// a change: so each is one of a complete file, and who is about to use it checks whether it has writers
// (file_writers.h).
std::optional<Kind> kind_of(DWORD action, const std::filesystem::path& path) {
  if (action == 0) return Kind::lost;
  const bool is_new = action == FILE_ACTION_ADDED || action == FILE_ACTION_RENAMED_NEW_NAME;
  if (!is_new && action != FILE_ACTION_MODIFIED) return std::nullopt;

  if (is_folder(path)) return is_new ? std::optional(Kind::folder) : std::nullopt;
  return action == FILE_ACTION_ADDED ? Kind::name : Kind::file;
}

}  // namespace

struct FolderWatch::State {
  UniqueFd handle;
  std::map<std::filesystem::path, std::unique_ptr<FolderReports>> folders;
};

FolderWatch::FolderWatch(std::unique_ptr<State> state) : state_(std::move(state)) {}
FolderWatch::FolderWatch(FolderWatch&& other) noexcept = default;
FolderWatch& FolderWatch::operator=(FolderWatch&& other) noexcept = default;
FolderWatch::~FolderWatch() = default;

const UniqueFd& FolderWatch::handle() const { return state_->handle; }

Result<FolderWatch> FolderWatch::make(bool /*follow_writes*/) {
  auto state = std::make_unique<State>();
  state->handle = owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!state->handle) return fail(cannot("watch", "folders"));
  return FolderWatch(std::move(state));
}

Status FolderWatch::add(const std::filesystem::path& folder) {
  const auto known = state_->folders.find(folder);
  if (known != state_->folders.end() && !known->second->has_ended()) return {};

  auto reports = FolderReports::start(folder, watched, handle_of(state_->handle));
  if (!reports) return fail(cannot("watch", folder));
  state_->folders[folder] = std::move(reports);
  return {};
}

std::vector<FolderWatch::Change> FolderWatch::changes() {
  ::ResetEvent(handle_of(state_->handle));
  ::SleepEx(0, TRUE);  // those that have arrived

  std::vector<Change> changes;
  for (const auto& [folder, reports] : state_->folders) {
    for (FolderReports::Report& report : reports->take()) {
      const auto kind = kind_of(report.action, folder / report.name);
      if (kind) changes.push_back({*kind, folder, std::move(report.name)});
    }
  }

  std::erase_if(state_->folders, [](const auto& one) { return one.second->has_ended(); });
  return changes;
}

}  // namespace muster::platform
