#include "platform/windows/registry_facts.h"

#include <array>

#include "platform/windows/native.h"

namespace muster::platform {

std::string registry_text(const wchar_t* key, const wchar_t* name) {
  std::array<wchar_t, 1024> text{};
  DWORD size = sizeof text;
  constexpr DWORD wanted = RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY;
  if (::RegGetValueW(HKEY_LOCAL_MACHINE, key, name, wanted, nullptr, text.data(), &size) != ERROR_SUCCESS) return {};
  return narrow(text.data());
}

std::optional<std::uint64_t> registry_number(const wchar_t* key, const wchar_t* name) {
  DWORD number = 0;
  DWORD size = sizeof number;
  constexpr DWORD wanted = RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY;
  if (::RegGetValueW(HKEY_LOCAL_MACHINE, key, name, wanted, nullptr, &number, &size) != ERROR_SUCCESS) {
    return std::nullopt;
  }
  return number;
}

}  // namespace muster::platform
