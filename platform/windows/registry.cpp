#include "platform/registry.h"

#include <fmt/core.h>

#include <array>
#include <cstring>
#include <utility>

#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr std::size_t max_keys = 10'000;
constexpr std::size_t max_name = 16'384;  // characters of a value's name, with the end

class OpenKey {
 public:
  OpenKey() = default;
  OpenKey(const OpenKey&) = delete;
  OpenKey& operator=(const OpenKey&) = delete;
  ~OpenKey() {
    if (key_ != nullptr) ::RegCloseKey(key_);
  }

  HKEY get() const { return key_; }
  HKEY* out() { return &key_; }

 private:
  HKEY key_ = nullptr;
};

REGSAM flag_of(RegistryView view) { return view == RegistryView::bits_64 ? KEY_WOW64_64KEY : KEY_WOW64_32KEY; }

Error cannot(const char* what, RegistryView view, const std::string& key, LONG number) {
  const char* const remedy = number == ERROR_ACCESS_DENIED ? "run as an administrator" : "";
  const char* const in_view = view == RegistryView::bits_64 ? "64" : "32";
  return {ErrorKind::local_file,
          fmt::format("cannot {} HKLM\\{} in the {}-bit registry (error {})", what, key, in_view, number), remedy};
}

constexpr std::array<const char*, 12> type_names{"REG_NONE",
                                                 "REG_SZ",
                                                 "REG_EXPAND_SZ",
                                                 "REG_BINARY",
                                                 "REG_DWORD",
                                                 "REG_DWORD_BIG_ENDIAN",
                                                 "REG_LINK",
                                                 "REG_MULTI_SZ",
                                                 "REG_RESOURCE_LIST",
                                                 "REG_FULL_RESOURCE_DESCRIPTOR",
                                                 "REG_RESOURCE_REQUIREMENTS_LIST",
                                                 "REG_QWORD"};

std::string type_name(DWORD type) {
  return type < type_names.size() ? type_names.at(type) : fmt::format("number {}", type);
}

std::wstring expanded(const std::wstring& text) {
  const DWORD needed = ::ExpandEnvironmentStringsW(text.c_str(), nullptr, 0);
  if (needed == 0 || needed > max_registry_text) return text;
  std::wstring result(needed, L'\0');
  const DWORD written = ::ExpandEnvironmentStringsW(text.c_str(), result.data(), needed);
  result.resize(written == 0 ? 0 : written - 1);
  return written == 0 ? text : result;
}

// The bytes of a value need not be whole characters, nor end with a NUL; a NUL inside ends the text.
void take_text(RegistryValue& value, DWORD type, const std::vector<unsigned char>& bytes) {
  std::wstring text(bytes.size() / sizeof(wchar_t), L'\0');
  std::memcpy(text.data(), bytes.data(), text.size() * sizeof(wchar_t));
  text.resize(std::min(text.size(), text.find(L'\0')));
  value.length = text.size();
  if (text.size() > max_registry_text) return;
  value.text = narrow(type == REG_EXPAND_SZ ? expanded(text) : text);
}

template <class Number>
void take_number(RegistryValue& value, const std::vector<unsigned char>& bytes) {
  Number number = 0;
  if (bytes.size() != sizeof number) return;
  std::memcpy(&number, bytes.data(), sizeof number);
  value.text = std::to_string(number);
}

RegistryValue value_of(std::string name, DWORD type, const std::vector<unsigned char>& bytes) {
  RegistryValue value;
  value.name = std::move(name);
  value.type = type_name(type);
  if (type == REG_SZ || type == REG_EXPAND_SZ) take_text(value, type, bytes);
  if (type == REG_DWORD) take_number<std::uint32_t>(value, bytes);
  if (type == REG_QWORD) take_number<std::uint64_t>(value, bytes);
  return value;
}

LONG read_values(HKEY key, std::vector<RegistryValue>& values) {
  std::vector<wchar_t> name(max_name);
  std::vector<unsigned char> bytes(1024);

  for (DWORD index = 0;;) {
    auto name_size = static_cast<DWORD>(name.size());
    auto size = static_cast<DWORD>(bytes.size());
    DWORD type = REG_NONE;
    const LONG result = ::RegEnumValueW(key, index, name.data(), &name_size, nullptr, &type, bytes.data(), &size);
    if (result == ERROR_NO_MORE_ITEMS) return ERROR_SUCCESS;
    if (result == ERROR_MORE_DATA && size > bytes.size()) {
      bytes.resize(size);
      continue;
    }
    if (result != ERROR_SUCCESS) return result;

    ++index;
    if (name_size == 0) continue;  // the key's own value
    values.push_back(value_of(narrow({name.data(), name_size}), type, {bytes.begin(), bytes.begin() + size}));
  }
}

LONG read_subkeys(HKEY key, std::vector<std::string>& names) {
  std::array<wchar_t, 256> name{};  // longer ones cannot be made
  for (DWORD index = 0;; ++index) {
    auto size = static_cast<DWORD>(name.size());
    const LONG result = ::RegEnumKeyExW(key, index, name.data(), &size, nullptr, nullptr, nullptr, nullptr);
    if (result == ERROR_NO_MORE_ITEMS) return ERROR_SUCCESS;
    if (result != ERROR_SUCCESS) return result;
    names.push_back(narrow({name.data(), size}));
  }
}

// Adds one key to `keys`, and the paths of its subkeys to `waiting`.
LONG read_key(HKEY root, RegistryView view, const std::string& path, std::vector<RegistryKey>& keys,
              std::vector<std::string>& waiting) {
  OpenKey key;
  LONG result = ::RegOpenKeyExW(root, wide(path).c_str(), 0, KEY_READ | flag_of(view), key.out());
  if (result == ERROR_FILE_NOT_FOUND) return ERROR_SUCCESS;  // removed meanwhile
  if (result != ERROR_SUCCESS) return result;

  RegistryKey& read = keys.emplace_back();
  read.path = path;
  result = read_values(key.get(), read.values);
  std::vector<std::string> names;
  if (result == ERROR_SUCCESS) result = read_subkeys(key.get(), names);

  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    waiting.push_back(path.empty() ? *name : path + "\\" + *name);
  }
  return result;
}

}  // namespace

Result<std::vector<RegistryKey>> read_registry(RegistryView view, const std::string& key) {
  std::vector<RegistryKey> keys;
  OpenKey root;
  const LONG opened = ::RegOpenKeyExW(HKEY_LOCAL_MACHINE, wide(key).c_str(), 0, KEY_READ | flag_of(view), root.out());
  if (opened == ERROR_FILE_NOT_FOUND) return keys;
  if (opened != ERROR_SUCCESS) return fail(cannot("open", view, key, opened));

  std::vector<std::string> waiting{""};
  while (!waiting.empty()) {
    const std::string path = std::move(waiting.back());
    waiting.pop_back();
    const LONG result = read_key(root.get(), view, path, keys, waiting);
    if (result != ERROR_SUCCESS) return fail(cannot("read", view, path.empty() ? key : key + "\\" + path, result));

    if (keys.size() + waiting.size() > max_keys) {
      return fail(ErrorKind::local_file, fmt::format("HKLM\\{} has more than {} keys", key, max_keys),
                  "remove the keys that do not belong there");
    }
  }
  return keys;
}

Status write_registry_text(RegistryView view, const std::string& key, const std::string& name,
                           const std::string& text) {
  OpenKey open;
  LONG result = ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, wide(key).c_str(), 0, nullptr, REG_OPTION_NON_VOLATILE,
                                  KEY_SET_VALUE | flag_of(view), nullptr, open.out(), nullptr);
  if (result != ERROR_SUCCESS) return fail(cannot("create", view, key, result));

  const std::wstring value = wide(text);
  const auto size = static_cast<DWORD>((value.size() + 1) * sizeof(wchar_t));
  result = ::RegSetValueExW(open.get(), wide(name).c_str(), 0, REG_SZ,
                            reinterpret_cast<const unsigned char*>(value.c_str()), size);
  if (result == ERROR_SUCCESS) result = ::RegFlushKey(open.get());
  if (result != ERROR_SUCCESS) return fail(cannot("write", view, key + "\\" + name, result));
  return {};
}

Status remove_registry_value(RegistryView view, const std::string& key, const std::string& name) {
  OpenKey open;
  LONG result = ::RegOpenKeyExW(HKEY_LOCAL_MACHINE, wide(key).c_str(), 0, KEY_SET_VALUE | flag_of(view), open.out());
  if (result == ERROR_SUCCESS) result = ::RegDeleteValueW(open.get(), wide(name).c_str());
  if (result == ERROR_SUCCESS) result = ::RegFlushKey(open.get());
  if (result == ERROR_SUCCESS || result == ERROR_FILE_NOT_FOUND) return {};
  return fail(cannot("remove", view, key + "\\" + name, result));
}

Status remove_registry_key(RegistryView view, const std::string& key) {
  const LONG result = ::RegDeleteKeyExW(HKEY_LOCAL_MACHINE, wide(key).c_str(), flag_of(view), 0);
  if (result == ERROR_SUCCESS || result == ERROR_FILE_NOT_FOUND) return {};
  return fail(cannot("remove", view, key, result));
}

}  // namespace muster::platform
