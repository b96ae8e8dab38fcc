// What the system reports about the entries of one folder. Private to this folder.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "platform/windows/native.h"

namespace muster::platform {

// One thread: reports arrive on the one that made the object, whenever it waits alertably (wait_any()).
class FolderReports {
 public:
  struct Report {
    DWORD action = 0;  // FILE_ACTION_ADDED and so on; 0: some were lost, or the folder is gone
    std::string name;
  };

  // nullptr on failure; GetLastError() says why. `event` is set with each report and lives longer than this object.
  static std::unique_ptr<FolderReports> start(const std::filesystem::path& folder, DWORD filter, HANDLE event);

  FolderReports(const FolderReports&) = delete;
  FolderReports& operator=(const FolderReports&) = delete;
  ~FolderReports();

  std::vector<Report> take() { return std::exchange(reports_, {}); }
  bool has_ended() const { return !is_pending_; }  // no more will come: the folder is gone

 private:
  FolderReports(UniqueFd folder, DWORD filter, HANDLE event);
  bool ask();
  void keep(DWORD size);
  static void CALLBACK on_report(DWORD problem, DWORD size, OVERLAPPED* request);

  UniqueFd folder_;
  DWORD filter_;
  HANDLE event_;
  OVERLAPPED request_{};
  std::vector<DWORD> buffer_;  // aligned as the system wants it
  bool is_pending_ = false;
  std::vector<Report> reports_;
};

}  // namespace muster::platform
