#include "platform/virtualisation.h"

#include <string_view>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {
namespace {

// Words that only virtual hardware has in the strings of its firmware.
std::string named_by_firmware(const Smbios& firmware) {
  static constexpr std::pair<std::string_view, std::string_view> words[] = {{"VMware", "VMware"},
                                                                            {"VirtualBox", "VirtualBox"},
                                                                            {"innotek", "VirtualBox"},
                                                                            {"Parallels", "Parallels"},
                                                                            {"BHYVE", "bhyve"},
                                                                            {"KVM", "KVM"},
                                                                            {"QEMU", "QEMU"},
                                                                            {"Bochs", "QEMU"},
                                                                            {"Xen", "Xen"},
                                                                            {"Amazon EC2", "KVM"},
                                                                            {"Google Compute", "KVM"},
                                                                            {"OpenStack", "KVM"},
                                                                            {"Virtual Machine", "Hyper-V"}};

  for (const std::string& text : {firmware.system.manufacturer, firmware.system.product, firmware.firmware.manufacturer,
                                  firmware.board.manufacturer}) {
    for (const auto& [word, name] : words) {
      if (text::contains_ignoring_case(text, word)) return std::string(name);
    }
  }
  return {};
}

std::string hypervisor_of(const SystemRoot& root, const Smbios& firmware) {
  const std::string type = root.line("sys/hypervisor/type");
  if (type == "xen") return "Xen";
  const std::string clocks = root.line("sys/devices/system/clocksource/clocksource0/available_clocksource");
  const bool has_kvm_clock = clocks.find("kvm-clock") != std::string::npos;
  if (clocks.find("hyperv_clocksource") != std::string::npos && !has_kvm_clock) return "Hyper-V";

  std::string named = named_by_firmware(firmware);
  if (has_kvm_clock && (named.empty() || named == "QEMU")) return "KVM";
  if (!named.empty()) return named;
  bool flagged = false;  // every hypervisor sets the flag of x86
  root.each_line("proc/cpuinfo", [&](std::string_view line) {
    flagged = flagged || (line.starts_with("flags") && line.find(" hypervisor") != std::string_view::npos);
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
