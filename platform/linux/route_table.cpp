#include "platform/linux/route_table.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "platform/base/text.h"

namespace muster::platform {

// "eth0 00000000 FE01A8C0 ...", as the kernel has the number in memory: interface, destination, gateway, ... mask.
std::optional<IpAddress> gateway_in_v4(std::string_view table) {
  for (const std::string& line : text::split_exactly(table, '\n')) {
    const auto words = text::split(line, '\t');
    if (words.size() < 8 || words[1] != "00000000" || words[7] != "00000000" || words[2] == "00000000") continue;
    IpAddress gateway;
    const auto raw = static_cast<std::uint32_t>(std::strtoul(words[2].c_str(), nullptr, 16));
    std::memcpy(gateway.bytes.data(), &raw, 4);
    return gateway;
  }
  return std::nullopt;
}

// "000... 00 000... 00 fe80...01 ...": destination, its prefix, source, its prefix, gateway.
std::optional<IpAddress> gateway_in_v6(std::string_view table) {
  const std::string none(32, '0');
  for (const std::string& line : text::split_exactly(table, '\n')) {
    const auto words = text::split(line, ' ');
    if (words.size() < 5 || words[0] != none || words[1] != "00" || words[4] == none) continue;
    if (words[4].size() != none.size()) continue;

    IpAddress gateway;
    gateway.v6 = true;
    for (std::size_t i = 0; i < 16; ++i) {
      gateway.bytes[i] = static_cast<std::uint8_t>(std::strtoul(words[4].substr(2 * i, 2).c_str(), nullptr, 16));
    }
    return gateway;
  }
  return std::nullopt;
}

}  // namespace muster::platform
