// How long a whole transfer may take.
#include "agent/transfer/transfer_options.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace muster;
using transfer::TransferOptions;

TEST_CASE("a transfer has ten minutes, and the time of its size at the assumed speed", "[limits]") {
  TransferOptions options;
  CHECK(options.total_time(0) == seconds(600));
  CHECK(options.total_time(100) == seconds(600));
  CHECK(options.total_time(4096) == seconds(601));
  CHECK(options.total_time(1 << 30) == seconds(600 + (1 << 18)));
  options.assumed_speed = 100;
  CHECK(options.total_time(100'000) == seconds(1600));
}

TEST_CASE("no size and no speed is beyond what can be counted", "[limits]") {
  TransferOptions options;
  for (const std::uint64_t speed : {0U, 1U, 4096U}) {
    options.assumed_speed = speed;
    const seconds time = options.total_time(std::numeric_limits<std::uint64_t>::max());
    CHECK(time > seconds(600));
    CHECK(milliseconds(time).count() <= std::numeric_limits<int>::max());
  }
}
