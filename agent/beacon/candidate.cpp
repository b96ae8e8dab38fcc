#include "agent/beacon/candidate.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "platform/base/text.h"

namespace muster::beacon {
namespace {

constexpr std::uint64_t fnv_start = 14'695'981'039'346'656'037ULL;
constexpr std::uint64_t fnv_prime = 1'099'511'628'211ULL;

std::uint64_t hash_on(std::uint64_t hash, std::string_view bytes) {
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * fnv_prime;
  return hash;
}

// Neighbouring numbers become unrelated ones (the finaliser of splitmix64).
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31U);
}

std::size_t equal_at_start(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return static_cast<std::size_t>(end - a.begin());
}

std::size_t equal_labels_at_end(std::string_view a, std::string_view b) {
  const auto left = text::split(a, '.');
  const auto right = text::split(b, '.');
  const auto end = std::mismatch(left.rbegin(), left.rend(), right.rbegin(), right.rend()).first;
  return static_cast<std::size_t>(end - left.rbegin());
}

void compare_address(Candidate& candidate, const Device& device, std::string_view shown) {
  const auto address = parse_ip(shown);
  if (!address) return;
  for (const IpNetwork& network : device.networks) {
    candidate.common_bits = std::max(candidate.common_bits, common_bits(network.address, *address));
    candidate.same_subnet = candidate.same_subnet || contains(network, *address);
  }
}

}  // namespace

std::uint64_t rendezvous_weight(std::string_view device, std::string_view beacon) {
  return mixed(hash_on(hash_on(hash_on(fnv_start, device), std::string_view("\0", 1)), beacon));
}

Candidate candidate_of(const Location& location, const Device& device, const std::vector<std::string>& addresses,
                       std::uint64_t draw, unsigned lowest) {
  Candidate candidate;
  candidate.tls = location.tls;
  candidate.never = location.never;
  candidate.fixed = !location.auto_priority;
  candidate.number = location.priority.value_or(lowest);

  const std::string url = location.origin_url();
  candidate.weight = rendezvous_weight(device.name, url);
  candidate.drawn = mixed(candidate.weight ^ draw);

  const std::string host = text::lower(location.host);
  if (parse_ip(host)) {
    compare_address(candidate, device, host);
    return candidate;
  }

  for (const std::string& address : addresses) compare_address(candidate, device, address);
  candidate.common_letters = equal_at_start(text::lower(device.name), host);
  candidate.shorter_name = std::min(device.name.size(), host.size());
  const std::size_t dot = host.find('.');
  const std::string domain = dot == std::string::npos ? "" : host.substr(dot + 1);
  candidate.common_labels = equal_labels_at_end(text::lower(device.domain), domain);
  return candidate;
}

// A proxy's URL may hold a password: only its hash is written down.
std::string key_of(const Location& location, Direction direction) {
  std::string key = fmt::format("{}:{}{}", name(direction), location.origin_url(), location.path(""));
  if (!location.proxy.empty()) key += fmt::format("#{:016x}", mixed(hash_on(fnv_start, location.proxy)));
  return key;
}

}  // namespace muster::beacon
