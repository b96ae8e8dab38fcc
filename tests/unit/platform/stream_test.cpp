#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "platform/log.h"
#include "platform/process.h"
#include "platform/terminal.h"
#include "platform/unique_fd.h"
#include "tests/unit/platform/captured_stream.h"

using namespace muster;
using platform::Stream;

namespace {

struct Pipe {
  platform::UniqueFd reader;
  platform::UniqueFd writer;
  Pipe() {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    reader = platform::UniqueFd(ends[0]);
    writer = platform::UniqueFd(ends[1]);
  }
};

// Standard error leads into the pipe while this lives.
class Redirected {
 public:
  explicit Redirected(const Pipe& pipe) : saved_(::dup(STDERR_FILENO)) { ::dup2(pipe.writer.get(), STDERR_FILENO); }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() { ::dup2(saved_.get(), STDERR_FILENO); }

 private:
  platform::UniqueFd saved_;
};

}  // namespace

TEST_CASE("a reader that has gone ends the output and not the process", "[stream]") {
  platform::ignore_file_signals();
  Pipe pipe;
  pipe.reader.reset();
  const Redirected redirected(pipe);
  CHECK(platform::write(Stream::error, "no reader is left"));
}

TEST_CASE("a full disk is told", "[stream]") {
  const platform::UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const platform::UniqueFd saved(::dup(STDERR_FILENO));
  ::dup2(full.get(), STDERR_FILENO);
  const bool written = platform::write(Stream::error, "x");
  ::dup2(saved.get(), STDERR_FILENO);
  CHECK_FALSE(written);
}

TEST_CASE("all of it is written to a slow reader, even when the stream does not block", "[stream]") {
  Pipe pipe;
  REQUIRE(::fcntl(pipe.writer.get(), F_SETFL, O_NONBLOCK) == 0);
  const std::string text(1'000'000, 'x');
  std::size_t heard = 0;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t got = 1; got > 0 && heard < text.size(); heard += static_cast<std::size_t>(got)) {
      got = ::read(pipe.reader.get(), buffer, sizeof buffer);
    }
  });
  bool written = false;
  {
    const Redirected redirected(pipe);
    written = platform::write(Stream::error, text);
  }
  reader.join();
  CHECK(written);
  CHECK(heard == text.size());
}

TEST_CASE("a log line is one line without colour or time", "[log]") {
  const testing::CapturedStream captured;
  log::warning("the beacon said \"\x1b[2J\nmuster: all is well\"");
  CHECK(captured.text() == "muster: warning: the beacon said \"?[2J?muster: all is well\"\n");
}

TEST_CASE("what is below the level is not logged", "[log]") {
  const testing::CapturedStream captured;
  log::info("quiet");
  CHECK(captured.text().empty());
  CHECK_FALSE(log::enabled(log::Level::info));
  log::set_level(log::Level::info);
  log::info("loud");
  log::set_level(log::Level::warning);
  CHECK(captured.text() == "muster: info: loud\n");
}

TEST_CASE("a format character in a message is only a character", "[log]") {
  const testing::CapturedStream captured;
  log::error("{} %s {0}");
  CHECK(captured.text() == "muster: {} %s {0}\n");
}

TEST_CASE("a secret is the first line of a descriptor, and what follows is left to others", "[secret]") {
  Pipe pipe;
  REQUIRE(::write(pipe.writer.get(), "pass word\nrest", 14) == 14);
  pipe.writer.reset();
  CHECK(platform::read_secret(pipe.reader.get()).value().reveal() == "pass word");
  char rest[8] = {};
  CHECK(::read(pipe.reader.get(), rest, sizeof rest) == 4);
}

TEST_CASE("a descriptor without a line, or none at all, gives no secret", "[secret]") {
  Pipe pipe;
  pipe.writer.reset();
  const auto nothing = platform::read_secret(pipe.reader.get());
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().kind == ErrorKind::identity);
  CHECK_FALSE(platform::read_secret(-1));
}

TEST_CASE("a secret that does not fit is refused, not cut", "[secret]") {
  Pipe pipe;
  const std::string longest(4096, 'x');
  REQUIRE(::write(pipe.writer.get(), (longest + "y\n").data(), longest.size() + 2) == 4098);
  const auto refused = platform::read_secret(pipe.reader.get());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("longer than 4096") != std::string::npos);
}
