// Against the registry of the machine, in a key of its own: for Windows alone.
#include "platform/registry.h"

#include <catch2/catch.hpp>
#include <windows.h>

#include <algorithm>

namespace muster::platform {
namespace {

const std::string root = R"(SOFTWARE\Muster Test)";
const std::string key = root + R"(\A\B)";

class OwnKey {
 public:
  OwnKey() { remove(); }
  OwnKey(const OwnKey&) = delete;
  OwnKey& operator=(const OwnKey&) = delete;
  ~OwnKey() { remove(); }

  static void put(RegistryView view, const wchar_t* name, DWORD type, const void* bytes, std::size_t size) {
    HKEY open = nullptr;
    const REGSAM flag = view == RegistryView::bits_64 ? KEY_WOW64_64KEY : KEY_WOW64_32KEY;
    REQUIRE(::RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Muster Test\\A\\B", 0, nullptr, 0, KEY_WRITE | flag,
                              nullptr, &open, nullptr) == ERROR_SUCCESS);
    CHECK(::RegSetValueExW(open, name, 0, type, static_cast<const BYTE*>(bytes), static_cast<DWORD>(size)) ==
          ERROR_SUCCESS);
    ::RegCloseKey(open);
  }

 private:
  static void remove() {
    for (const REGSAM flag : {REGSAM{KEY_WOW64_64KEY}, REGSAM{KEY_WOW64_32KEY}}) {
      HKEY open = nullptr;
      if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE", 0, KEY_ALL_ACCESS | flag, &open) != 0) continue;
      ::RegDeleteTreeW(open, L"Muster Test");
      ::RegCloseKey(open);
    }
  }
};

RegistryValue value_in(const std::vector<RegistryKey>& keys, const std::string& path, const std::string& name) {
  for (const RegistryKey& read : keys) {
    if (read.path != path) continue;
    for (const RegistryValue& value : read.values) {
      if (value.name == name) return value;
    }
  }
  FAIL("no value " << name << " in " << path);
  return {};
}

RegistryValue only_value(RegistryView view = RegistryView::bits_64) {
  const auto keys = read_registry(view, key);
  REQUIRE(keys);
  REQUIRE(keys->size() == 1);
  REQUIRE(keys->front().values.size() == 1);
  return keys->front().values.front();
}

TEST_CASE("A key that is not there is empty, and removing from it is no error") {
  const OwnKey own;
  const auto keys = read_registry(RegistryView::bits_64, key);
  REQUIRE(keys);
  CHECK(keys->empty());
  CHECK(remove_registry_value(RegistryView::bits_64, key, "x"));
  CHECK(remove_registry_key(RegistryView::bits_32, key));
}

TEST_CASE("What is written in one view is read there alone") {
  const OwnKey own;
  const std::string text = "Grüße 😀 and a longer text " + std::string(5000, 'x');
  REQUIRE(write_registry_text(RegistryView::bits_32, key, "Näme", text));

  const auto keys = read_registry(RegistryView::bits_32, root);
  REQUIRE(keys);
  CHECK(keys->front().path.empty());
  CHECK(value_in(*keys, R"(A\B)", "Näme").text == text);
  CHECK(read_registry(RegistryView::bits_64, root)->empty());
}

TEST_CASE("A removed value and a removed key are gone") {
  const OwnKey own;
  REQUIRE(write_registry_text(RegistryView::bits_64, key, "one", "1"));
  REQUIRE(write_registry_text(RegistryView::bits_64, key, "two", "2"));
  REQUIRE(remove_registry_value(RegistryView::bits_64, key, "ONE"));
  CHECK(only_value().name == "two");
  REQUIRE(remove_registry_key(RegistryView::bits_64, key));
  CHECK(read_registry(RegistryView::bits_64, key)->empty());
}

TEST_CASE("Numbers are read as decimal text, and every other type by its name alone") {
  const OwnKey own;
  const DWORD number = 4000000000U;
  OwnKey::put(RegistryView::bits_64, L"v", REG_DWORD, &number, sizeof number);
  CHECK(only_value().text == "4000000000");
  OwnKey::put(RegistryView::bits_64, L"v", REG_BINARY, &number, sizeof number);
  CHECK(only_value().type == "REG_BINARY");
  CHECK_FALSE(only_value().text);
  OwnKey::put(RegistryView::bits_64, L"v", REG_MULTI_SZ, L"a\0b\0", 10);
  CHECK(only_value().type == "REG_MULTI_SZ");
  CHECK_FALSE(only_value().text);
  OwnKey::put(RegistryView::bits_64, L"v", 4711, &number, sizeof number);
  CHECK(only_value().type == "number 4711");
}

TEST_CASE("A number of a wrong size is no text") {
  const OwnKey own;
  OwnKey::put(RegistryView::bits_64, L"v", REG_DWORD, "ab", 2);
  CHECK_FALSE(only_value().text);
}

TEST_CASE("A text without an end, with an odd size or with a NUL inside is cut where it ends") {
  const OwnKey own;
  OwnKey::put(RegistryView::bits_64, L"v", REG_SZ, L"abc", 6);
  CHECK(only_value().text == "abc");
  OwnKey::put(RegistryView::bits_64, L"v", REG_SZ, L"abc", 5);
  CHECK(only_value().text == "ab");
  OwnKey::put(RegistryView::bits_64, L"v", REG_SZ, L"a\0c", 8);
  CHECK(only_value().text == "a");
  OwnKey::put(RegistryView::bits_64, L"v", REG_SZ, L"", 0);
  CHECK(only_value().text == "");
}

TEST_CASE("References to the environment are expanded where the type says so") {
  const OwnKey own;
  ::SetEnvironmentVariableW(L"MUSTER_TEST", L"here");
  OwnKey::put(RegistryView::bits_32, L"v", REG_EXPAND_SZ, L"%MUSTER_TEST%\\x", 32);
  CHECK(only_value(RegistryView::bits_32).text == "here\\x");
  OwnKey::put(RegistryView::bits_32, L"v", REG_SZ, L"%MUSTER_TEST%", 28);
  CHECK(only_value(RegistryView::bits_32).text == "%MUSTER_TEST%");
}

TEST_CASE("A text of a million characters is only counted") {
  const OwnKey own;
  const std::wstring text(1'000'000, L'x');
  OwnKey::put(RegistryView::bits_64, L"v", REG_SZ, text.data(), text.size() * sizeof(wchar_t));
  CHECK_FALSE(only_value().text);
  CHECK(only_value().length == 1'000'000);
}

TEST_CASE("A key with too many keys below it is refused in one line") {
  const OwnKey own;
  for (int i = 0; i < 10'001; ++i) {
    HKEY open = nullptr;
    const std::wstring name = L"SOFTWARE\\Muster Test\\" + std::to_wstring(i);
    REQUIRE(::RegCreateKeyExW(HKEY_LOCAL_MACHINE, name.c_str(), 0, nullptr, 0, KEY_WRITE | KEY_WOW64_64KEY, nullptr,
                              &open, nullptr) == ERROR_SUCCESS);
    ::RegCloseKey(open);
  }
  const auto keys = read_registry(RegistryView::bits_64, root);
  REQUIRE_FALSE(keys);
  CHECK(keys.error().line() ==
        R"(HKLM\SOFTWARE\Muster Test has more than 10000 keys; remove the keys that do not belong there)");
}

}  // namespace
}  // namespace muster::platform
