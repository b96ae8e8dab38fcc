#include "platform/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "platform/host.h"

namespace muster::platform {
namespace {

int fd_of(Stream stream) { return stream == Stream::output ? STDOUT_FILENO : STDERR_FILENO; }

}  // namespace

bool is_terminal(Stream stream) { return ::isatty(fd_of(stream)) == 1; }

bool understands_escapes(Stream stream) {
  const std::string terminal = environment("TERM");
  return is_terminal(stream) && !terminal.empty() && terminal != "dumb";
}

// The first of these that is set says what the terminal can show (POSIX).
bool shows_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = environment(name);
    if (!value.empty()) return value.find("UTF-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

bool is_journal(Stream stream) {
  const std::string journal = environment("JOURNAL_STREAM");
  if (journal.empty()) return false;
  struct stat facts {};
  if (::fstat(fd_of(stream), &facts) != 0) return false;
  return journal == std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
}

unsigned terminal_columns(Stream stream) {
  winsize size{};
  if (::ioctl(fd_of(stream), TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
}

bool write(Stream stream, const std::string& text) {
  const int fd = fd_of(stream);

  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = ::write(fd, text.data() + done, text.size() - done);

    if (put >= 0) {
      done += static_cast<std::size_t>(put);
    } else if (errno == EAGAIN) {  // another process made our stream non-blocking
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno == EPIPE) {
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace muster::platform
