#include "platform/file.h"
#include "platform/terminal.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr std::size_t longest_secret = 4096;
constexpr wchar_t interrupt = 3;  // Ctrl-C

tl::unexpected<Error> cannot(const std::string& what) {
  return fail(ErrorKind::identity, what, "set SSLClientPrivateKeyPasswordFile to a file with the password");
}

// Ctrl-C as well is a character: a program that is ended at the question would leave the console without echo.
class SilentConsole {
 public:
  explicit SilentConsole(HANDLE console) : console_(console) {
    if (!::GetConsoleMode(console_, &before_)) return;
    constexpr DWORD shown = ENABLE_ECHO_INPUT | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT;
    silent_ = ::SetConsoleMode(console_, before_ & ~shown) != 0;
  }
  SilentConsole(const SilentConsole&) = delete;
  SilentConsole& operator=(const SilentConsole&) = delete;
  ~SilentConsole() {
    if (silent_) ::SetConsoleMode(console_, before_);
  }

  explicit operator bool() const { return silent_; }

 private:
  HANDLE console_;
  bool silent_ = false;
  DWORD before_ = 0;
};

void wipe(std::wstring& text) {
  volatile wchar_t* const characters = text.data();
  for (std::size_t i = 0; i < text.size(); ++i) characters[i] = 0;
  text.clear();
}

bool read_from_console(HANDLE console, std::wstring& line) {
  for (;;) {
    wchar_t character = 0;
    DWORD got = 0;
    if (!::ReadConsoleW(console, &character, 1, &got, nullptr) || got == 0) return false;
    if (character == L'\r' || character == L'\n') return true;
    if (character == interrupt) return false;

    if (character == L'\b') {
      if (!line.empty()) line.pop_back();
    } else if (line.size() < longest_secret) {
      line += character;
    } else {
      return false;
    }
  }
}

}  // namespace

Result<Secret> ask_secret(const std::string& question) {
  const HANDLE console = ::GetStdHandle(STD_INPUT_HANDLE);
  DWORD mode = 0;
  if (!::GetConsoleMode(console, &mode) || !is_terminal(Stream::error)) {
    return cannot("a password is needed and there is no terminal to prompt on");
  }

  std::wstring line;
  line.reserve(longest_secret);  // no copies are left behind while it grows
  bool given = false;
  {
    const SilentConsole silent(console);
    if (!silent) return cannot("a password is needed, and the terminal would show it: " + last_os_error());
    write(Stream::error, question);  // once nothing that is typed is shown
    given = read_from_console(console, line);
  }

  write(Stream::error, "\n");
  Secret secret(narrow(line));
  wipe(line);
  if (!given) return cannot("no password was given");
  return secret;
}

// Of the three standard streams, 0 alone is for reading.
Result<Secret> read_secret(int descriptor) {
  const HANDLE input = descriptor == 0 ? ::GetStdHandle(STD_INPUT_HANDLE) : INVALID_HANDLE_VALUE;
  std::string line;
  line.reserve(longest_secret);

  for (;;) {
    char byte = 0;
    DWORD got = 0;
    const bool is_read = ::ReadFile(input, &byte, 1, &got, nullptr) && got == 1;

    if (!is_read && line.empty()) {
      return cannot("no password could be read from descriptor " + std::to_string(descriptor));
    }
    if (!is_read || byte == '\n' || byte == '\r') return Secret(std::move(line));

    if (line.size() == longest_secret) {
      Secret::wipe(line);
      return cannot("the password is longer than " + std::to_string(longest_secret) + " bytes");
    }
    line += byte;
  }
}

}  // namespace muster::platform
