// Reports that something in one of several folders has changed, without polling: a hint to check again, not what it
// was.
#pragma once

#include <filesystem>
#include <memory>
#include <set>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// One thread.
class ChangeWatch {
 public:
  // Fails when the system has no descriptor or no watch left.
  static Result<ChangeWatch> make();

  ChangeWatch(ChangeWatch&& other) noexcept;
  ChangeWatch& operator=(ChangeWatch&& other) noexcept;
  ~ChangeWatch();

  // Watches these folders and no others: their entries (made, removed, renamed, written and closed, changed in owner or
  // mode) and the folders themselves. Folders that are not there are left out. An error of kind local_file where one
  // cannot be watched; the others are.
  Status watch(const std::set<std::filesystem::path>& folders);

  // Whether anything was reported since the last call.
  bool take_changes();

  const UniqueFd& handle() const;

 private:
  struct State;
  explicit ChangeWatch(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace muster::platform
