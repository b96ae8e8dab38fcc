#include "platform/wait.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <thread>

using namespace muster;
using platform::wait_any;
using platform::Wakeup;

namespace {

// For what has to end at once: far beyond what any machine takes, far below what a lost wake-up costs.
constexpr seconds at_once{5};
constexpr std::chrono::hours never{1};

}  // namespace

TEST_CASE("a wake-up without a descriptor says so instead of never waking anybody", "[wait]") {
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const rlimit none{0, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const Wakeup wakeup;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &usual) == 0);
  const Status usable = wakeup.usable();
  REQUIRE_FALSE(usable);
  CHECK(usable.error().line().find("limit of open files") != std::string::npos);
  CHECK(Wakeup().usable());
}

TEST_CASE("a wait ends at its deadline, not before and not much later", "[wait]") {
  const Wakeup wakeup;
  const std::array handles{&wakeup.handle()};
  const SteadyTime start = steady_now();
  wait_any(handles, start + milliseconds(50));
  CHECK(steady_now() - start >= milliseconds(50));
  CHECK(steady_now() - start < at_once);
}

TEST_CASE("a deadline that has passed is no wait", "[wait]") {
  const Wakeup wakeup;
  const std::array handles{&wakeup.handle()};
  const SteadyTime start = steady_now();
  wait_any(handles, start - seconds(10));
  wait_any(handles, SteadyTime{});
  CHECK(steady_now() - start < at_once);
}

TEST_CASE("a wait of parts of a millisecond does not spin", "[wait]") {
  const Wakeup wakeup;
  const std::array handles{&wakeup.handle()};
  const SteadyTime deadline = steady_now() + microseconds(2500);
  int rounds = 0;
  while (steady_now() < deadline) {
    wait_any(handles, deadline);
    ++rounds;
  }
  CHECK(rounds < 10);
}

TEST_CASE("a signal from another thread ends the wait", "[wait]") {
  const Wakeup wakeup;
  const std::array handles{&wakeup.handle()};
  const SteadyTime start = steady_now();
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(20));
    wakeup.signal();
  });
  wait_any(handles, start + never);
  CHECK(steady_now() - start < at_once);
  other.join();
}

TEST_CASE("a signal that came before the wait is not lost, and a cleared one does not come back", "[wait]") {
  const Wakeup wakeup;
  const std::array handles{&wakeup.handle()};
  for (int i = 0; i < 1000; ++i) wakeup.signal();
  SteadyTime start = steady_now();
  wait_any(handles, start + never);
  CHECK(steady_now() - start < at_once);
  wakeup.clear();
  wakeup.clear();  // with nothing there: no wait
  start = steady_now();
  wait_any(handles, start + milliseconds(30));
  CHECK(steady_now() - start >= milliseconds(30));
}

TEST_CASE("any of several handles ends the wait, and empty ones are left out", "[wait]") {
  const Wakeup quiet;
  const platform::UniqueFd none;
  int ends[2] = {-1, -1};
  REQUIRE(::pipe(&ends[0]) == 0);
  const platform::UniqueFd near(ends[0]);
  const platform::UniqueFd far(ends[1]);
  const std::array handles{&none, &quiet.handle(), &near};
  REQUIRE(::write(far.get(), "x", 1) == 1);
  const SteadyTime start = steady_now();
  wait_any(handles, std::nullopt);
  CHECK(steady_now() - start < at_once);
}

TEST_CASE("with nothing to wait for there is still the deadline", "[wait]") {
  const platform::UniqueFd none;
  const std::array handles{&none};
  const SteadyTime start = steady_now();
  wait_any(handles, start + milliseconds(20));
  CHECK(steady_now() - start >= milliseconds(20));
}
