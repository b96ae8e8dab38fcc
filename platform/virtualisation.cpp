#include "platform/virtualisation.h"

#include <string_view>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Whether `text` has `word` with no letters next to it, in any case: "VMware7,1" has "VMware", "XenonLabs" no "Xen".
bool has_word(const std::string& text, std::string_view word) {
  const std::string whole = text::lower(text);
  const std::string wanted = text::lower(word);

  for (std::size_t at = whole.find(wanted); at != std::string::npos; at = whole.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    const bool begins = at == 0 || !is_letter(whole[at - 1]);
    const bool ends = end == whole.size() || !is_letter(whole[end]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

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
      if (has_word(text, word)) return std::string(name);
    }
  }
  return {};
}

}  // namespace muster::platform
