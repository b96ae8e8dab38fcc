#include <signal.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <thread>

#include "platform/bounded_steps.h"

using namespace muster;
using namespace muster::platform;

namespace {

Step good(const char* name) {
  return {name, [name] { return std::string(name) + " is done"; }};
}

}  // namespace

TEST_CASE("results come back in order, of any size") {
  const std::vector<Step> steps{good("first"), {"large", [] { return std::string(3'000'000, 'x'); }}, good("last")};
  const auto results = run_bounded(steps, {});
  REQUIRE(results.size() == 3);
  CHECK(results[0].output == "first is done");
  CHECK(results[1].output->size() == 3'000'000);
  CHECK(results[2].output == "last is done");
}

TEST_CASE("a step that hangs costs its own result only") {
  const std::vector<Step> steps{good("first"),
                                {"hangs",
                                 [] {
                                   std::this_thread::sleep_for(seconds(600));
                                   return std::string();
                                 }},
                                good("last")};
  StepLimits limits;
  limits.time = milliseconds(500);
  const auto results = run_bounded(steps, limits);
  CHECK(results[0].output == "first is done");
  CHECK_FALSE(results[1].output);
  CHECK(results[1].problem == "took longer than 500 ms");
  CHECK(results[2].output == "last is done");
}

TEST_CASE("a step that crashes costs its own result only") {
  const std::vector<Step> steps{{"crashes",
                                 [] {
                                   ::raise(SIGKILL);
                                   return std::string();
                                 }},
                                {"ends",
                                 [] {
                                   std::_Exit(7);
                                   return std::string();
                                 }},
                                good("last")};
  const auto results = run_bounded(steps, {});
  CHECK(results[0].problem == "ended with signal 9 (Killed)");
  CHECK(results[1].problem.find("before its result was complete") != std::string::npos);
  CHECK(results[2].output == "last is done");
}

TEST_CASE("a result above the limit is a failure, and the child goes away") {
  StepLimits limits;
  limits.output = 1000;
  const std::vector<Step> steps{{"large", [] { return std::string(1001, 'x'); }}, good("last")};
  const auto results = run_bounded(steps, limits);
  CHECK_FALSE(results[0].output);
  CHECK(results[1].output == "last is done");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a step that needs too much memory costs its own result only") {
  StepLimits limits;
  limits.memory = std::size_t{256} << 20;
  const std::vector<Step> steps{{"greedy", [] { return std::string(std::size_t{1} << 30, 'x'); }}, good("last")};
  const auto results = run_bounded(steps, limits);
  CHECK(results[0].problem.find("needed more memory") != std::string::npos);
  CHECK(results[1].output == "last is done");
}
#endif
