// The file tree of the system whose facts are read: this machine's own, or that of another system which is mounted or
// recorded in a folder. Paths are relative to the root: "proc/cpuinfo". In another system's tree, links never lead out
// of it. Reading never blocks and never follows a device or a pipe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// One thread.
class SystemRoot {
 public:
  // "/" is this machine. The error is of kind local_file.
  static Result<SystemRoot> open(const std::filesystem::path& folder);

  // Whether system calls agree with the files: false for another system's tree.
  bool live() const { return live_; }

  // The first `limit` bytes of a regular file; nullopt when it cannot be read.
  std::optional<std::string> read(const std::string& path, std::size_t limit = default_limit) const;
  // The first line without blanks at its ends; empty when there is none.
  std::string line(const std::string& path) const;
  std::optional<std::uint64_t> number(const std::string& path) const;  // decimal; nullopt for anything else

  // Calls `use` with each line, without its line break, and holds one block of the file in memory. Lines above
  // `max_line` bytes are cut. False when the file cannot be opened.
  bool each_line(const std::string& path, const std::function<void(std::string_view)>& use) const;

  std::vector<std::string> names(const std::string& folder) const;  // sorted, without "." and ".."; empty on failure
  std::string link(const std::string& path) const;                  // what a link says; empty when it is none
  bool exists(const std::string& path) const;
  std::optional<WallTime> modified(const std::string& path) const;

  // Where a file is as the system sees it from outside; only for messages and for programs that take a path.
  std::filesystem::path outside(const std::string& path) const { return folder_ / path; }

  // What a source of facts could not find out, and why: "needs an administrator to list the services". Each once, at
  // most `max_refused`.
  void note(const std::string& shortcoming) const;
  const std::vector<std::string>& notes() const { return notes_; }

  // Files that this user may not read, each once, at most `max_refused`.
  const std::vector<std::string>& refused() const { return refused_; }

  static constexpr std::size_t default_limit = 1 << 20;
  static constexpr std::size_t max_line = 64 << 10;
  static constexpr std::size_t max_refused = 20;

 private:
  SystemRoot(std::filesystem::path folder, UniqueFd handle, bool live)
      : folder_(std::move(folder)), handle_(std::move(handle)), live_(live) {}
  UniqueFd open_entry(const std::string& path, int flags) const;
  UniqueFd open_file(const std::string& path) const;

  std::filesystem::path folder_;
  UniqueFd handle_;
  bool live_ = true;
  mutable std::vector<std::string> refused_;
  mutable std::vector<std::string> notes_;
};

}  // namespace muster::platform
