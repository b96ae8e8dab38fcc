#include "platform/windows/registry_key.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "platform/base/text.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

template <class Number>
std::optional<std::uint64_t> number_in(const std::string& bytes) {
  Number number = 0;
  if (bytes.size() != sizeof number) return std::nullopt;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

bool is_first_half(wchar_t character) { return (character & 0xFC00) == 0xD800; }  // of a surrogate pair

}  // namespace

FactKey::FactKey(HKEY parent, std::wstring_view path, REGSAM view) {
  error_ = ::RegOpenKeyExW(parent, std::wstring(path).c_str(), 0, KEY_READ | view, &key_);
}

FactKey::~FactKey() {
  if (key_ != nullptr) ::RegCloseKey(key_);
}

std::optional<std::string> FactKey::value(const wchar_t* name, DWORD& type) const {
  DWORD size = 0;
  if (key_ == nullptr || ::RegQueryValueExW(key_, name, nullptr, &type, nullptr, &size) != ERROR_SUCCESS ||
      size > max_bytes) {
    return std::nullopt;
  }

  std::string bytes(size, '\0');
  const LONG read = ::RegQueryValueExW(key_, name, nullptr, &type, reinterpret_cast<BYTE*>(bytes.data()), &size);
  if (read != ERROR_SUCCESS) return std::nullopt;  // it grew meanwhile
  bytes.resize(size);
  return bytes;
}

// The bytes need not be whole characters, nor end with a NUL; a NUL inside ends the text.
std::string FactKey::text(const wchar_t* name) const {
  DWORD type = REG_NONE;
  const auto bytes = value(name, type);
  if (!bytes || (type != REG_SZ && type != REG_EXPAND_SZ)) return {};

  std::wstring text(std::min(bytes->size() / sizeof(wchar_t), max_text), L'\0');
  std::memcpy(text.data(), bytes->data(), text.size() * sizeof(wchar_t));
  text.resize(std::min(text.size(), text.find(L'\0')));
  if (text.size() == max_text && is_first_half(text.back())) text.pop_back();
  return std::string(text::trim(narrow(text)));
}

std::optional<std::uint64_t> FactKey::number(const wchar_t* name) const {
  DWORD type = REG_NONE;
  const auto bytes = value(name, type);
  if (bytes && type == REG_DWORD) return number_in<std::uint32_t>(*bytes);
  return bytes && type == REG_QWORD ? number_in<std::uint64_t>(*bytes) : std::nullopt;
}

std::string FactKey::bytes(const wchar_t* name) const {
  DWORD type = REG_NONE;
  auto found = value(name, type);
  return found && type == REG_BINARY ? std::move(*found) : std::string();
}

std::vector<std::wstring> FactKey::subkeys() const {
  std::vector<std::wstring> names;
  std::array<wchar_t, 256> name{};  // longer ones cannot be made

  for (DWORD index = 0; key_ != nullptr && index < max_subkeys; ++index) {
    auto size = static_cast<DWORD>(name.size());
    if (::RegEnumKeyExW(key_, index, name.data(), &size, nullptr, nullptr, nullptr, nullptr) != ERROR_SUCCESS) break;
    names.emplace_back(name.data(), size);
  }
  return names;
}

}  // namespace muster::platform
