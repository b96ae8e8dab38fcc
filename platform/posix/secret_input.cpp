#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "platform/file.h"
#include "platform/terminal.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

constexpr std::size_t longest_secret = 4096;
constexpr char interrupt = 3;     // Ctrl-C
constexpr char end_of_input = 4;  // Ctrl-D
constexpr char backspace = 127;

tl::unexpected<Error> cannot(const std::string& what) {
  return fail(ErrorKind::identity, what, "set SSLClientPrivateKeyPasswordFile to a file with the password");
}

// Signals off as well: a program that is ended at the question would leave the terminal without echo.
class SilentTerminal {
 public:
  explicit SilentTerminal(int terminal) : terminal_(terminal) {
    ::tcgetattr(terminal_, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
    ::tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() { ::tcsetattr(terminal_, TCSAFLUSH, &before_); }

 private:
  int terminal_;
  termios before_{};
};

// Byte by byte: what follows the line belongs to somebody else. False at the end of the input or a cancelling key.
bool read_line(int descriptor, bool is_terminal, std::string& line) {
  for (;;) {
    char byte = 0;
    const ssize_t got = ::read(descriptor, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0 && !is_terminal && !line.empty();
    if (byte == '\n' || byte == '\r') return true;
    if (is_terminal && (byte == interrupt || byte == end_of_input)) return false;
    if (is_terminal && (byte == backspace || byte == '\b')) {
      if (!line.empty()) line.pop_back();
    } else if (line.size() < longest_secret) {
      line += byte;
    }
  }
}

}  // namespace

Result<Secret> ask_secret(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1 || !is_terminal(Stream::error)) {
    return cannot("a password is needed, and there is no terminal to ask at");
  }
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (!terminal) return cannot("a password is needed, and there is no terminal to ask at: " + last_os_error());
  std::string line;
  line.reserve(longest_secret);  // no copies are left behind while it grows
  write(Stream::error, question);
  bool answered = false;
  {
    const SilentTerminal silent(terminal.get());
    answered = read_line(terminal.get(), true, line);
  }
  write(Stream::error, "\n");
  if (!answered) Secret::wipe(line);
  if (!answered) return cannot("no password was given");
  return Secret(std::move(line));
}

Result<Secret> read_secret(int descriptor) {
  std::string line;
  line.reserve(longest_secret);
  if (read_line(descriptor, false, line)) return Secret(std::move(line));
  Secret::wipe(line);
  return cannot("no password could be read from descriptor " + std::to_string(descriptor));
}

}  // namespace muster::platform
