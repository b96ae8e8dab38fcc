#include "agent/policy/beacon_domains.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/config/host_name.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

// Lower case, without the dot of an absolute name.
std::string canonical(std::string_view host) {
  std::string name = text::lower(host);
  if (name.ends_with('.')) name.pop_back();
  return name;
}

// An IPv6 address, or anything that a resolver may take for an IPv4 address: "10.1", "0x7f.1".
bool is_address(const std::string& host) {
  if (config::looks_like_ipv6(host)) return true;
  const std::string last = host.substr(host.rfind('.') + 1);
  return !last.empty() && last.front() >= '0' && last.front() <= '9';
}

}  // namespace

BeaconDomains::BeaconDomains(const std::vector<std::string>& allowed, const std::vector<std::string>& hosts_by_hand,
                             const IsPublicSuffix& is_public_suffix) {
  for (const std::string& domain : allowed) {
    const std::string name = canonical(domain.starts_with('.') ? domain.substr(1) : domain);
    if (!name.empty()) (is_address(name) ? hosts_ : domains_).push_back(name);
  }

  for (const std::string& host : hosts_by_hand) {
    const std::string name = canonical(host);
    hosts_.push_back(name);
    const std::size_t dot = name.find('.');
    if (!allowed.empty() || dot == std::string::npos || is_address(name)) continue;

    const std::string parent = name.substr(dot + 1);
    if (parent.find('.') == std::string::npos || is_public_suffix(parent)) continue;
    if (std::find(domains_.begin(), domains_.end(), parent) == domains_.end()) domains_.push_back(parent);
  }
}

bool BeaconDomains::allows(std::string_view host) const {
  const std::string name = canonical(host);
  if (std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end()) return true;
  if (is_address(name)) return false;
  return std::any_of(domains_.begin(), domains_.end(),
                     [&](const std::string& domain) { return name == domain || name.ends_with("." + domain); });
}

std::string BeaconDomains::listed() const {
  std::vector<std::string> all = domains_;
  for (const std::string& host : hosts_) {
    if (std::find(all.begin(), all.end(), host) == all.end()) all.push_back(host);
  }
  return all.empty() ? "none" : fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace muster::policy
