#include "platform/windows/folder_reports.h"

namespace muster::platform {
namespace {

constexpr std::size_t buffer_words = 16'384;  // 64 KiB, the limit for folders of the network

}  // namespace

FolderReports::FolderReports(UniqueFd folder, DWORD filter, HANDLE event)
    : folder_(std::move(folder)), filter_(filter), event_(event), buffer_(buffer_words) {
  request_.hEvent = this;  // free for our use where a routine is called
}

std::unique_ptr<FolderReports> FolderReports::start(const std::filesystem::path& folder, DWORD filter, HANDLE event) {
  UniqueFd opened = open_file(folder, {.access = FILE_LIST_DIRECTORY, .flags = FILE_FLAG_OVERLAPPED});
  if (!opened) return nullptr;
  std::unique_ptr<FolderReports> reports(new FolderReports(std::move(opened), filter, event));
  return reports->ask() ? std::move(reports) : nullptr;
}

// The system owns request and buffer until the routine was called.
FolderReports::~FolderReports() {
  if (!is_pending_) return;
  ::CancelIoEx(handle_of(folder_), &request_);
  filter_ = 0;
  while (is_pending_) ::SleepEx(INFINITE, TRUE);
}

bool FolderReports::ask() {
  const auto size = static_cast<DWORD>(buffer_.size() * sizeof buffer_[0]);
  is_pending_ = ::ReadDirectoryChangesW(handle_of(folder_), buffer_.data(), size, FALSE, filter_, nullptr, &request_,
                                        &FolderReports::on_report) != 0;
  return is_pending_;
}

void FolderReports::keep(DWORD size) {
  if (size == 0) reports_.push_back({});  // more than the buffer holds
  const auto* const begin = reinterpret_cast<const char*>(buffer_.data());

  for (DWORD at = 0; at < size;) {
    const auto* const entry = reinterpret_cast<const FILE_NOTIFY_INFORMATION*>(begin + at);
    const std::wstring_view name(&entry->FileName[0], entry->FileNameLength / sizeof(wchar_t));
    reports_.push_back({entry->Action, narrow(name)});
    if (entry->NextEntryOffset == 0) break;
    at += entry->NextEntryOffset;
  }
}

void FolderReports::on_report(DWORD problem, DWORD size, OVERLAPPED* request) {
  auto& reports = *static_cast<FolderReports*>(request->hEvent);
  reports.is_pending_ = false;
  if (reports.filter_ == 0) return;  // at its end

  if (problem == ERROR_SUCCESS) reports.keep(size);
  if (problem != ERROR_SUCCESS || !reports.ask()) reports.reports_.push_back({});
  ::SetEvent(reports.event_);
}

}  // namespace muster::platform
