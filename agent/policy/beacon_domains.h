// The hosts that a policy may name as beacons: AllowedBeaconDomains, or what follows from the locations set by hand.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::policy {

// Whether anyone can register names below this domain, such as "co.uk" or "github.io".
using IsPublicSuffix = std::function<bool(const std::string& domain)>;

class BeaconDomains {
 public:
  // `allowed` holds AllowedBeaconDomains; empty: it is unset. Then names below the parent domain of each host set by
  // hand are allowed, unless that domain is a single label, an address or a public suffix. A host that was set by hand
  // is always allowed.
  BeaconDomains(const std::vector<std::string>& allowed, const std::vector<std::string>& hosts_by_hand,
                const IsPublicSuffix& is_public_suffix);

  bool allows(std::string_view host) const;

  // "corp.example, b1.other.example", for messages.
  std::string listed() const;

 private:
  std::vector<std::string> hosts_;    // these alone
  std::vector<std::string> domains_;  // and every name below
};

// By the Public Suffix List that libpsl was built with, including its private part.
bool is_public_suffix(const std::string& domain);

}  // namespace muster::policy
