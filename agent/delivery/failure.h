// How a transfer failed at one beacon.
#pragma once

#include <cstddef>

#include "agent/transfer/outcome.h"

namespace muster::delivery {

struct Failure {
  std::size_t location = 0;  // index into the locations
  transfer::Outcome outcome;
};

}  // namespace muster::delivery
