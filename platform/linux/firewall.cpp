#include "platform/firewall.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "platform/base/text.h"

namespace muster::platform {
namespace {

// Units that load their rules and end, but for firewalld.
constexpr std::array managers{"firewalld", "iptables", "netfilter-persistent", "nftables", "shorewall"};
constexpr std::string_view stays = "firewalld";
constexpr const char* ufw_settings = "etc/ufw/ufw.conf";

bool is_on(const SystemRoot& root, const SystemService& unit, std::string_view manager) {
  return root.live() && manager == stays ? unit.running : unit.start == "enabled";
}

bool is_ufw_on(const SystemRoot& root) {
  bool is_on = false;
  root.each_line(ufw_settings, [&](std::string_view line) {
    if (line.starts_with("ENABLED=")) is_on = text::equal_ignoring_case(text::trim(line.substr(8)), "yes");
  });
  return is_on;
}

}  // namespace

std::vector<Firewall> firewalls(const SystemRoot& root, const std::vector<SystemService>& services) {
  std::vector<Firewall> found;
  for (const std::string manager : managers) {
    const auto unit = std::find_if(services.begin(), services.end(), [&](const SystemService& service) {
      return service.name == manager + ".service" || service.name == manager;
    });
    if (unit != services.end()) found.push_back({manager, is_on(root, *unit, manager)});
  }

  if (root.exists(ufw_settings)) found.push_back({"ufw", is_ufw_on(root)});
  if (found.empty()) found.emplace_back();
  return found;
}

}  // namespace muster::platform
