#include "platform/windows/registry_facts.h"

#include "platform/windows/registry_key.h"

namespace muster::platform {

std::string registry_text(const wchar_t* key, const wchar_t* name) {
  return FactKey(HKEY_LOCAL_MACHINE, key).text(name);
}

std::optional<std::uint64_t> registry_number(const wchar_t* key, const wchar_t* name) {
  return FactKey(HKEY_LOCAL_MACHINE, key).number(name);
}

std::string native_architecture() {
  SYSTEM_INFO facts{};
  ::GetNativeSystemInfo(&facts);
  switch (facts.wProcessorArchitecture) {
    case PROCESSOR_ARCHITECTURE_AMD64: return "x86_64";
    case PROCESSOR_ARCHITECTURE_ARM64: return "aarch64";
    case PROCESSOR_ARCHITECTURE_INTEL: return "i386";
    default: return {};
  }
}

}  // namespace muster::platform
