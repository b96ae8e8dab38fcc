#include "ssl/schannel/wide_text.h"

#include <fmt/core.h>

#include <array>

#include "platform/base/text.h"

namespace muster::ssl {

std::wstring wide(std::string_view text) {
  std::wstring result(text.size(), L'\0');
  const int size = static_cast<int>(text.size());
  result.resize(static_cast<std::size_t>(::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, result.data(), size)));
  return result;
}

std::string narrow(std::wstring_view text) {
  std::string result(text.size() * 3, '\0');  // of a UTF-16 unit
  result.resize(static_cast<std::size_t>(::WideCharToMultiByte(CP_UTF8, 0, text.data(), static_cast<int>(text.size()),
                                                               result.data(), static_cast<int>(result.size()), nullptr,
                                                               nullptr)));
  return result;
}

std::string words_of(DWORD number) {
  std::array<wchar_t, 512> buffer{};
  const DWORD size = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, number,
                                      MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), buffer.data(),
                                      static_cast<DWORD>(buffer.size()), nullptr);
  std::string words(text::trim(narrow({buffer.data(), size})));
  while (words.ends_with('.')) words.pop_back();
  return fmt::format("{} (0x{:08X})", words.empty() ? "error" : text::printable(words), number);
}

}  // namespace muster::ssl
