#include "agent/inventory/uuid.h"

#include <fmt/core.h>

#include "platform/base/text.h"

namespace muster::inventory {

std::string uuid_of(std::string_view digest) {
  constexpr std::size_t size = 16;
  std::string bytes(digest.substr(0, size));
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0fU) | 0x80U);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3fU) | 0x80U);

  const std::string digits = text::hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4),
                     digits.substr(16, 4), digits.substr(20));
}

}  // namespace muster::inventory
