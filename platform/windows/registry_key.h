// A key of the registry that is open for reading facts that any program may have written: values of wrong types count
// as missing, long texts are cut. Private to this folder.
#pragma once

#include <windows.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.h"

namespace muster::platform {

// One thread.
class FactKey {
 public:
  static constexpr std::size_t max_text = 1024;                   // characters of UTF-16 that are kept of a text
  static constexpr std::size_t max_bytes = std::size_t{4} << 20;  // a longer value counts as missing
  static constexpr std::size_t max_subkeys = 100'000;

  // `view` is KEY_WOW64_64KEY or KEY_WOW64_32KEY.
  FactKey(HKEY parent, std::wstring_view path, REGSAM view = KEY_WOW64_64KEY);
  explicit FactKey(HKEY open) : key_(open) {}  // takes it over
  FactKey(const FactKey&) = delete;
  FactKey& operator=(const FactKey&) = delete;
  ~FactKey();

  explicit operator bool() const { return key_ != nullptr; }
  HKEY get() const { return key_; }
  bool is_refused() const { return error_ == ERROR_ACCESS_DENIED; }

  std::string text(const wchar_t* name) const;  // REG_SZ or REG_EXPAND_SZ, without blanks at its ends
  std::optional<std::uint64_t> number(const wchar_t* name) const;  // REG_DWORD or REG_QWORD
  std::string bytes(const wchar_t* name) const;                    // REG_BINARY
  std::vector<std::wstring> subkeys() const;                       // in the system's order

 private:
  std::optional<std::string> value(const wchar_t* name, DWORD& type) const;

  HKEY key_ = nullptr;
  LONG error_ = ERROR_SUCCESS;
};

}  // namespace muster::platform
