#include "agent/transfer/reply.h"

#include "platform/base/text.h"

namespace muster::transfer {

std::optional<std::string> Reply::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (text::equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

}  // namespace muster::transfer
