// How a command ended.
#pragma once

#include <utility>

#include "platform/base/result.h"

namespace muster::cli {

struct Ended {
  // Implicit: most commands have nothing to add to their Status.
  // NOLINTBEGIN(google-explicit-constructor)
  Ended(Status result, bool printed = false) : status(std::move(result)), error_is_printed(printed) {}
  Ended(tl::unexpected<Error> error, bool printed = false) : status(std::move(error)), error_is_printed(printed) {}
  // NOLINTEND(google-explicit-constructor)

  Status status;
  bool error_is_printed;  // in the JSON object that the command has written
};

}  // namespace muster::cli
