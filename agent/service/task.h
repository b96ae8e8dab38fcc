// One of the things that the running agent does: a state machine on the agent's thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.h"
#include "platform/unique_fd.h"

namespace muster::service {

class Task {
 public:
  virtual ~Task() = default;

  // What it waits for; the same for its whole life.
  virtual std::vector<const platform::UniqueFd*> handles() const = 0;

  // After each wait, whatever ended it; then on_time().
  virtual void on_wakeup(SteadyTime now) = 0;
  virtual void on_time(SteadyTime /*now*/) {}

  // When on_time() has to be called at the latest; nullopt: it waits for its handles alone.
  virtual std::optional<SteadyTime> wakes_at() const { return std::nullopt; }

  // Begins nothing new. The agent ends when nothing is in flight any more, or its grace is over.
  virtual void stop() = 0;
  virtual std::size_t in_flight() const { return 0; }  // what may be cut off does not count

  virtual std::string status() const { return {}; }  // for people, part of a line; empty: nothing to report

 protected:
  Task() = default;
  Task(const Task&) = default;
  Task& operator=(const Task&) = default;
};

}  // namespace muster::service
