#include "platform/virtualisation.h"

#include <string_view>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {

std::string hypervisor_named_by(const Smbios& firmware) {
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

}  // namespace muster::platform
