#include "ssl/schannel/error_words.h"

#include <fmt/core.h>

#include <array>

#include "platform/base/text.h"
#include "platform/windows/native.h"

namespace muster::ssl {

std::string words_of(DWORD number) {
  std::array<wchar_t, 512> buffer{};
  const DWORD size = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, number,
                                      MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), buffer.data(),
                                      static_cast<DWORD>(buffer.size()), nullptr);
  std::string words(text::trim(platform::narrow({buffer.data(), size})));
  while (words.ends_with('.')) words.pop_back();
  return fmt::format("{} (0x{:08X})", words.empty() ? "error" : text::printable(words), number);
}

}  // namespace muster::ssl
