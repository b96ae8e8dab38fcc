#include "platform/virtualisation.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "platform/linux/words.h"

namespace muster::platform {
namespace {

std::string hypervisor_of(const SystemRoot& root, const Smbios& firmware) {
  const std::string type = root.line("sys/hypervisor/type");
  if (type == "xen") return "Xen";
  const std::string clocks = root.line("sys/devices/system/clocksource/clocksource0/available_clocksource");
  const bool has_kvm_clock = clocks.find("kvm-clock") != std::string::npos;
  if (clocks.find("hyperv_clocksource") != std::string::npos && !has_kvm_clock) return "Hyper-V";

  std::string named = hypervisor_named_by(firmware);
  if (has_kvm_clock && (named.empty() || named == "QEMU")) return "KVM";
  if (!named.empty()) return named;
  bool flagged = false;  // every hypervisor sets the flag of x86
  root.each_line("proc/cpuinfo", [&](std::string_view line) {
    if (flagged || !line.starts_with("flags")) return;
    const std::vector<std::string> flags = words_of(line);
    flagged = std::find(flags.begin(), flags.end(), "hypervisor") != flags.end();
  });
  return flagged ? "virtual" : "";
}

std::string container_of(const SystemRoot& root) {
  if (std::string manager = root.line("run/systemd/container"); !manager.empty()) return manager;
  if (root.exists(".dockerenv")) return "docker";
  if (root.exists("run/.containerenv")) return "podman";
  if (root.exists("proc/vz") && !root.exists("proc/bc")) return "openvz";
  const std::string groups = root.read("proc/1/cgroup").value_or("");
  for (const char* const word : {"docker", "kubepods", "lxc"}) {
    if (groups.find(std::string("/") + word) != std::string::npos) return word;
  }
  return {};
}

}  // namespace

Virtualisation virtualisation(const SystemRoot& root, const Smbios& firmware) {
  return {hypervisor_of(root, firmware), container_of(root)};
}

}  // namespace muster::platform
