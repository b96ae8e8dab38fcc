// Against the registry of the machine, in a key of its own.
#include "platform/windows/registry_key.h"

#include <catch2/catch.hpp>

namespace muster::platform {
namespace {

constexpr wchar_t place[] = L"SOFTWARE\\Muster Facts Test";

class OwnKey {
 public:
  OwnKey() {
    ::RegDeleteTreeW(HKEY_LOCAL_MACHINE, &place[0]);
    REQUIRE(::RegCreateKeyExW(HKEY_LOCAL_MACHINE, &place[0], 0, nullptr, 0, KEY_WRITE, nullptr, &key_, nullptr) == 0);
  }
  OwnKey(const OwnKey&) = delete;
  OwnKey& operator=(const OwnKey&) = delete;
  ~OwnKey() {
    ::RegCloseKey(key_);
    ::RegDeleteTreeW(HKEY_LOCAL_MACHINE, &place[0]);
  }

  void put(const wchar_t* name, DWORD type, const void* bytes, std::size_t size) const {
    REQUIRE(::RegSetValueExW(key_, name, 0, type, static_cast<const BYTE*>(bytes), static_cast<DWORD>(size)) == 0);
  }
  void put(const wchar_t* name, const std::wstring& text) const {
    put(name, REG_SZ, text.data(), text.size() * sizeof(wchar_t));
  }

 private:
  HKEY key_ = nullptr;
};

TEST_CASE("a fact is read only from a value of its type") {
  const OwnKey own;
  const DWORD seven = 7;
  own.put(L"number", REG_DWORD, &seven, sizeof seven);
  own.put(L"short", REG_DWORD, &seven, 3);
  own.put(L"bytes", REG_BINARY, "\0\1", 2);
  own.put(L"text", L"  words ");

  const FactKey key(HKEY_LOCAL_MACHINE, &place[0]);
  REQUIRE(key);
  CHECK(key.number(L"number") == 7U);
  CHECK(key.text(L"text") == "words");
  CHECK(key.bytes(L"bytes") == std::string("\0\1", 2));
  for (const wchar_t* const other : {L"number", L"short", L"bytes", L"missing"}) CHECK(key.text(other).empty());
  for (const wchar_t* const other : {L"text", L"short", L"bytes", L"missing"}) CHECK_FALSE(key.number(other));
  CHECK(key.bytes(L"text").empty());
}

TEST_CASE("a long text is cut at a whole character, and one that is far too long counts as missing") {
  const OwnKey own;
  own.put(L"million", std::wstring(1'000'000, L'x'));
  own.put(L"pairs", std::wstring(FactKey::max_text - 1, L'x') + L"\xD83D\xDE00");
  own.put(L"ended", std::wstring(L"one\0two", 7));
  own.put(L"too long", std::wstring(FactKey::max_bytes / sizeof(wchar_t) + 1, L'x'));

  const FactKey key(HKEY_LOCAL_MACHINE, &place[0]);
  CHECK(key.text(L"million") == std::string(FactKey::max_text, 'x'));
  CHECK(key.text(L"pairs") == std::string(FactKey::max_text - 1, 'x'));
  CHECK(key.text(L"ended") == "one");
  CHECK(key.text(L"too long").empty());
}

TEST_CASE("a key that is not there has nothing") {
  const FactKey key(HKEY_LOCAL_MACHINE, L"SOFTWARE\\No Such Key");
  CHECK_FALSE(key);
  CHECK_FALSE(key.is_refused());
  CHECK(key.text(L"any").empty());
  CHECK(key.subkeys().empty());
}

}  // namespace
}  // namespace muster::platform
