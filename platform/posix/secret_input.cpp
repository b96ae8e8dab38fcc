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
  return fail(ErrorKind::identity, what,
              "set SSLClientPrivateKeyPasswordFile to a file with the password, or hand it to the service as the "
              "credential muster.key-password");
}

// Signals off as well: a program that is ended at the question would leave the terminal without echo.
class SilentTerminal {
 public:
  explicit SilentTerminal(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
    silent_ = ::tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    if (silent_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }

  explicit operator bool() const { return silent_; }

 private:
  int terminal_;
  bool silent_ = false;
  termios before_{};
};

enum class Answer { given, none, too_long };

// Byte by byte: what follows the line is for another reader. None at the end of the input or a cancelling key.
Answer read_line(int descriptor, bool is_terminal, std::string& line) {
  for (;;) {
    char byte = 0;
    const ssize_t got = ::read(descriptor, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0 && !is_terminal && !line.empty() ? Answer::given : Answer::none;

    if (byte == '\n' || byte == '\r') return Answer::given;
    if (is_terminal && (byte == interrupt || byte == end_of_input)) return Answer::none;

    if (is_terminal && (byte == backspace || byte == '\b')) {
      if (!line.empty()) line.pop_back();
    } else if (line.size() == longest_secret) {
      return Answer::too_long;
    } else {
      line += byte;
    }
  }
}

Result<Secret> secret_of(Answer answer, std::string& line) {
  if (answer == Answer::given) return Secret(std::move(line));
  Secret::wipe(line);
  return cannot(answer == Answer::none ? std::string("no password was given")
                                       : "the password is longer than " + std::to_string(longest_secret) + " bytes");
}

}  // namespace

Result<Secret> ask_secret(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1 || !is_terminal(Stream::error)) {
    return cannot("a password is needed and there is no terminal to prompt on");
  }

  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (!terminal) return cannot("a password is needed and there is no terminal to prompt on: " + last_os_error());

  std::string line;
  line.reserve(longest_secret);  // no copies are left behind while it grows
  Answer answer = Answer::none;
  {
    const SilentTerminal silent(terminal.get());
    if (!silent) return cannot("a password is needed, and the terminal would show it: " + last_os_error());
    write(Stream::error, question);  // once nothing that is typed is shown
    answer = read_line(terminal.get(), true, line);
  }

  write(Stream::error, "\n");
  return secret_of(answer, line);
}

Result<Secret> read_secret(int descriptor) {
  std::string line;
  line.reserve(longest_secret);
  const Answer answer = read_line(descriptor, false, line);
  if (answer != Answer::none) return secret_of(answer, line);
  Secret::wipe(line);
  return cannot("no password could be read from descriptor " + std::to_string(descriptor));
}

}  // namespace muster::platform
