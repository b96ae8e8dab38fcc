#include "platform/firewall.h"

#include <array>

#include "platform/windows/native.h"
#include "platform/windows/registry_facts.h"

namespace muster::platform {
namespace {

constexpr std::array profiles{L"DomainProfile", L"StandardProfile", L"PublicProfile"};

// A group policy beats what was set on this machine.
constexpr std::array places{LR"(SOFTWARE\Policies\Microsoft\WindowsFirewall\)",
                            LR"(SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\)"};

}  // namespace

std::vector<Firewall> firewalls(const SystemRoot&, const std::vector<SystemService>&) {
  std::vector<Firewall> found;
  for (const wchar_t* const profile : profiles) {
    for (const wchar_t* const place : places) {
      const auto enabled = registry_number((std::wstring(place) + profile).c_str(), L"EnableFirewall");
      if (!enabled) continue;
      found.push_back({narrow(profile), *enabled != 0});
      break;
    }
  }
  return found;
}

}  // namespace muster::platform
