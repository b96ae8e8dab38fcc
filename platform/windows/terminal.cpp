#include "platform/terminal.h"

#include <algorithm>

#include "platform/windows/native.h"

namespace muster::platform {
namespace {

HANDLE handle_of(Stream stream) {
  return ::GetStdHandle(stream == Stream::output ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
}

// A console does not read UTF-8 reliably, and takes about 64 KiB at once.
bool write_to_console(HANDLE console, const std::string& text) {
  constexpr std::size_t block = 8192;
  const std::wstring all = wide(text);
  std::wstring_view rest = all;

  while (!rest.empty()) {
    DWORD put = 0;
    const auto size = static_cast<DWORD>(std::min(rest.size(), block));
    if (!::WriteConsoleW(console, rest.data(), size, &put, nullptr) || put == 0) return false;
    rest.remove_prefix(put);
  }
  return true;
}

}  // namespace

bool is_terminal(Stream stream) {
  DWORD mode = 0;
  return ::GetConsoleMode(handle_of(stream), &mode) != 0;
}

// From Windows 10 1511 on, once it is switched on.
bool understands_escapes(Stream stream) {
  const HANDLE console = handle_of(stream);
  DWORD mode = 0;
  return ::GetConsoleMode(console, &mode) && ::SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

bool shows_utf8() { return true; }  // written to a console as UTF-16

bool is_journal(Stream /*stream*/) { return false; }

unsigned terminal_columns(Stream stream) {
  constexpr int usual = 80;
  constexpr int fewest = 20;
  CONSOLE_SCREEN_BUFFER_INFO screen{};
  if (!::GetConsoleScreenBufferInfo(handle_of(stream), &screen)) return usual;
  const int columns = screen.srWindow.Right - screen.srWindow.Left + 1;
  return columns < fewest ? usual : static_cast<unsigned>(columns);
}

bool write(Stream stream, const std::string& text) {
  const HANDLE file = handle_of(stream);
  if (is_terminal(stream)) return write_to_console(file, text);

  std::string_view rest = text;
  while (!rest.empty()) {
    DWORD put = 0;
    if (!::WriteFile(file, rest.data(), static_cast<DWORD>(rest.size()), &put, nullptr)) {
      const DWORD number = ::GetLastError();
      // The service manager gives its processes no output: there is no reader either.
      return number == ERROR_BROKEN_PIPE || number == ERROR_NO_DATA || number == ERROR_INVALID_HANDLE;
    }
    rest.remove_prefix(put);
  }
  return true;
}

}  // namespace muster::platform
