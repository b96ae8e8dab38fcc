#include "platform/base/ip_address.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace muster {
namespace {

template <class Number>
std::optional<Number> number_in(std::string_view text, int base, std::size_t most_digits) {
  Number value{};
  if (text.empty() || text.size() > most_digits) return std::nullopt;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<IpAddress> parse_v4(std::string_view text) {
  IpAddress address;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
    const auto part = number_in<unsigned>(text.substr(0, dot), 10, 3);
    if (!part || *part > 255) return std::nullopt;
    address.bytes[i] = static_cast<std::uint8_t>(*part);
    if (i < 3) text.remove_prefix(dot + 1);
  }
  return address;
}

// Groups between colons as bytes, an IPv4 address allowed at the end; empty text gives none.
std::optional<std::vector<std::uint8_t>> groups_of(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);

    if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      const auto v4 = parse_v4(group);
      if (!v4) return std::nullopt;
      bytes.insert(bytes.end(), v4->bytes.begin(), v4->bytes.begin() + 4);
      return bytes;
    }

    const auto value = number_in<unsigned>(group, 16, 4);
    if (!value) return std::nullopt;

    bytes.push_back(static_cast<std::uint8_t>(*value >> 8U));
    bytes.push_back(static_cast<std::uint8_t>(*value & 0xffU));
    if (colon == std::string_view::npos) return bytes;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return bytes;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const auto head = groups_of(text.substr(0, gap));
  const auto tail = groups_of(gap == std::string_view::npos ? std::string_view{} : text.substr(gap + 2));
  if (!head || !tail) return std::nullopt;
  const std::size_t size = head->size() + tail->size();
  if (gap == std::string_view::npos ? size != 16 : size > 14) return std::nullopt;
  IpAddress address;
  address.v6 = true;
  std::copy(head->begin(), head->end(), address.bytes.begin());
  std::copy(tail->begin(), tail->end(), address.bytes.end() - static_cast<std::ptrdiff_t>(tail->size()));
  return address;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return parse_v4(text);
  auto address = parse_v6(text);
  if (!address) return std::nullopt;
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!std::equal(mapped.begin(), mapped.end(), address->bytes.begin())) return address;
  IpAddress v4;
  std::copy(address->bytes.begin() + 12, address->bytes.end(), v4.bytes.begin());
  return v4;
}

unsigned common_bits(const IpAddress& a, const IpAddress& b) {
  if (a.v6 != b.v6) return 0;
  const std::size_t size = a.bits() / 8;
  for (std::size_t i = 0; i < size; ++i) {
    const auto different = static_cast<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
    if (different != 0) return static_cast<unsigned>(i * 8) + static_cast<unsigned>(std::countl_zero(different));
  }
  return a.bits();
}

IpAddress first_address(const IpNetwork& network) {
  IpAddress address = network.address;
  for (unsigned bit = network.prefix; bit < address.bits(); ++bit) {
    address.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  return address;
}

IpNetwork network_around(const std::vector<IpNetwork>& networks, const IpAddress& address) {
  for (const IpNetwork& network : networks) {
    if (contains(network, address)) return network;
  }
  return {address, address.bits()};
}

bool is_link_local(const IpAddress& address) {
  return address.v6 && address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0U) == 0x80;
}

}  // namespace muster
