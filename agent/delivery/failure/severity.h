// Which of several errors is the one that a command reports, and so gives its exit code. A pure function.
#pragma once

#include <cstddef>

#include "platform/base/error.h"

namespace muster::delivery {

// Lower is reported first: what has to be fixed on this device comes before what may pass by itself.
constexpr std::size_t severity(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::local_file: return 0;
    case ErrorKind::identity: return 1;
    case ErrorKind::untrusted_server: return 2;
    case ErrorKind::refused: return 3;
    case ErrorKind::unreachable: return 4;
    default: return 5;
  }
}

}  // namespace muster::delivery
