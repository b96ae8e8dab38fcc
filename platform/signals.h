// What the system asks of a running agent.
#pragma once

#include <optional>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

enum class Signal { stop, reload };

// SIGTERM and SIGINT, SIGHUP: taken as messages instead of interrupting anything. To be made before any thread is,
// once in a process; an object that ends gives nothing back.
class Signals {
 public:
  static Result<Signals> take();

  const UniqueFd& handle() const { return handle_; }
  std::optional<Signal> next() const;  // nullopt: none waits

 private:
  explicit Signals(UniqueFd handle) : handle_(std::move(handle)) {}
  UniqueFd handle_;
};

}  // namespace muster::platform
