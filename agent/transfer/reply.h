// The head of an HTTP answer (RFC 9110).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/clock.h"

namespace muster::transfer {

struct Reply {
  int status = 0;                                           // 0: no final status line was seen
  std::vector<std::pair<std::string, std::string>> fields;  // as received, blanks around values cut
  std::optional<WallTime> modified;                         // Last-Modified
  std::string excerpt;                                      // first 2 KiB of the body, where it goes nowhere else

  // First field of that name, case ignored.
  std::optional<std::string> field(std::string_view name) const;
  bool good() const { return status >= 200 && status < 300; }
};

}  // namespace muster::transfer
