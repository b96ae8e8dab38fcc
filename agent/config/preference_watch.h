// Reports changes of a place of preferences (preference_store.h) without polling: a hint to read it again. Chosen at
// link time as that is.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "platform/unique_fd.h"

namespace muster::config {

// One thread.
class PreferenceWatch {
 public:
  // Watches from now on. `store` may be empty: the place that this system uses. What cannot be watched is not reported.
  explicit PreferenceWatch(const std::filesystem::path& store);
  PreferenceWatch(PreferenceWatch&& other) noexcept;
  PreferenceWatch& operator=(PreferenceWatch&& other) noexcept;
  ~PreferenceWatch();

  // Each becomes readable at a change. Valid as long as this is.
  std::vector<const platform::UniqueFd*> handles() const;

  // Whether there was any since the last call.
  bool take_reports();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::config
