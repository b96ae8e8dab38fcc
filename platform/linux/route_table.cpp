#include "platform/linux/route_table.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {

namespace {

// "000... 00 000... 00 fe80...01 00000400 ...": destination, its prefix, source, its prefix, gateway, metric.
std::optional<DefaultRoute> default_route_in_v6(std::string_view line) {
  static const std::string none(32, '0');
  const auto words = text::split(line, ' ');
  if (words.size() < 6 || words[0] != none || words[1] != "00" || words[4] == none) return std::nullopt;
  if (words[4].size() != none.size()) return std::nullopt;

  DefaultRoute route;
  route.metric = static_cast<std::uint32_t>(std::strtoul(words[5].c_str(), nullptr, 16));
  route.gateway.v6 = true;
  for (std::size_t i = 0; i < 16; ++i) {
    route.gateway.bytes[i] = static_cast<std::uint8_t>(std::strtoul(words[4].substr(2 * i, 2).c_str(), nullptr, 16));
  }
  return route;
}

std::optional<IpAddress> best_gateway(std::string_view table,
                                      std::optional<DefaultRoute> (*route_in)(std::string_view line)) {
  std::optional<DefaultRoute> best;
  for (const std::string& line : text::split_exactly(table, '\n')) {
    auto route = route_in(line);
    if (route && (!best || route->metric < best->metric)) best = std::move(route);
  }
  return best ? std::optional(best->gateway) : std::nullopt;
}

}  // namespace

// "eth0 00000000 FE01A8C0 ...", as the kernel has the number in memory: interface, destination, gateway, flags, two
// counters, metric, mask.
std::optional<DefaultRoute> default_route_in_v4(std::string_view line) {
  const auto words = text::split(line, '\t');
  if (words.size() < 8 || words[1] != "00000000" || words[7] != "00000000" || words[2] == "00000000") {
    return std::nullopt;
  }

  DefaultRoute route;
  route.interface = words[0];
  const auto raw = static_cast<std::uint32_t>(std::strtoul(words[2].c_str(), nullptr, 16));
  std::memcpy(route.gateway.bytes.data(), &raw, 4);
  route.metric = static_cast<std::uint32_t>(std::strtoul(words[6].c_str(), nullptr, 10));
  return route;
}

std::optional<IpAddress> gateway_in_v4(std::string_view table) { return best_gateway(table, default_route_in_v4); }

std::optional<IpAddress> gateway_in_v6(std::string_view table) { return best_gateway(table, default_route_in_v6); }

}  // namespace muster::platform
