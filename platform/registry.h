// The registry of Windows, below HKEY_LOCAL_MACHINE. Other systems have no source for this header. Text is UTF-8.
// Errors are of kind local_file and name key and value. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::platform {

// That of 64-bit programs, and that of 32-bit programs below Wow6432Node.
enum class RegistryView { bits_64, bits_32 };

inline constexpr std::size_t max_registry_text = 32767;  // characters, of UTF-16

struct RegistryValue {
  std::string name;
  std::string type;                 // "REG_SZ"
  std::optional<std::string> text;  // REG_SZ, REG_EXPAND_SZ (expanded), REG_DWORD and REG_QWORD (decimal); else, and of
                                    // a text that is too long, nullopt
  std::size_t length = 0;           // characters of a text
};

struct RegistryKey {
  std::string path;  // from the key that was asked for; empty: that one
  std::vector<RegistryValue> values;
};

// The key and all keys below it, each before its own subkeys; empty: it is not there. More than 10,000 keys are an
// error.
Result<std::vector<RegistryKey>> read_registry(RegistryView view, const std::string& key);

// As REG_SZ; keys that are missing are made. What was written lasts when this returns.
Status write_registry_text(RegistryView view, const std::string& key, const std::string& name, const std::string& text);

// What is not there is no error.
Status remove_registry_value(RegistryView view, const std::string& key, const std::string& name);
Status remove_registry_key(RegistryView view, const std::string& key);  // one without subkeys

}  // namespace muster::platform
