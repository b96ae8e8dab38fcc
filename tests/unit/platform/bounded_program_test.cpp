#include "platform/bounded_program.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

#include "platform/file.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using namespace muster::platform;
using Catch::Matchers::Contains;
using muster::testing::ScratchFolder;

namespace {

constexpr milliseconds patience{30'000};  // only a broken program takes so long
constexpr milliseconds short_limit{200};

Result<ProgramRun> run(const std::string& script, milliseconds limit = patience, std::string input = {}) {
  std::signal(SIGPIPE, SIG_IGN);
  BoundedProgram program;
  program.arguments = {"/bin/sh", "-c", script};
  program.input = std::move(input);
  program.environment = {{"MUSTER_TEST", "here"}};
  program.time_limit = limit;
  program.max_output = 1000;
  return run_bounded(program);
}

// The signal is sent by then; its effect is waited for.
bool has_ended(int process) {
  const std::string stat = "/proc/" + std::to_string(process) + "/stat";
  for (const SteadyTime end = steady_now() + patience; steady_now() < end;) {
    const std::string state = ScratchFolder::content_of(stat);
    if (state.empty() || state.find(") Z") != std::string::npos) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("A program gets its input and environment, and both of its outputs are kept apart") {
  const auto done = run("echo $MUSTER_TEST; cat; echo careful >&2", patience, "request");
  REQUIRE(done);
  CHECK(done->ended);
  CHECK(done->output == "here\nrequest");
  CHECK(done->messages == "careful\n");
}

TEST_CASE("A program that does not read its input, however long, is no failure") {
  const auto done = run("echo answer", patience, std::string(1'000'000, 'x'));
  REQUIRE(done);
  CHECK(done->ended);
  CHECK(done->output == "answer\n");
}

TEST_CASE("A program that fails says how it ended") {
  CHECK(run("exit 3")->ended.error().message == "/bin/sh ended with exit code 3");
  CHECK(run("kill -9 $$")->ended.error().message == "/bin/sh ended with signal 9");
}

TEST_CASE("A program that goes on for too long is killed with its children") {
  const ScratchFolder folder;
  const std::string child = (folder / "child").string();
  for (const char* const script : {"sleep 1000 & echo $! > ", "exec >/dev/null 2>/dev/null; sleep 1000 & echo $! > "}) {
    const auto done = run(script + child + "; wait", short_limit);
    REQUIRE_FALSE(done->ended);
    CHECK(done->ended.error().message == "/bin/sh did not end within 0.2 s and was killed");
    CHECK(has_ended(std::stoi(ScratchFolder::content_of(child))));
  }
}

TEST_CASE("A program that prints too much is stopped, and one that complains too much is not") {
  CHECK(run("yes")->ended.error().message == "/bin/sh printed more than 1000 bytes");
  const auto done = run("yes | head -c 100000 >&2; echo fine");
  CHECK(done->ended);
  CHECK(done->output == "fine\n");
  CHECK(done->messages.size() == 16 * 1024);
}

TEST_CASE("A program that is not there is an error that names it") {
  BoundedProgram program;
  program.arguments = {"/nonexistent/program"};
  program.time_limit = patience;
  const auto done = run_bounded(program);
  REQUIRE_FALSE(done);
  CHECK_THAT(done.error().message, Contains("cannot run /nonexistent/program: No such file"));
}
