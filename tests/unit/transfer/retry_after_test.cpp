#include "agent/transfer/retry_after.h"

#include <catch2/catch.hpp>

using namespace muster;

namespace {

const WallTime now = std::chrono::system_clock::from_time_t(1'800'000'000);  // Fri, 15 Jan 2027 08:00:00 GMT
constexpr seconds day{86'400};

std::optional<seconds> asked(const std::string& value) {
  transfer::Reply reply;
  reply.fields = {{"retry-after", value}};
  return transfer::retry_after(reply, now);
}

}  // namespace

TEST_CASE("Retry-After in seconds", "[retry_after]") {
  CHECK(asked("0") == seconds(0));
  CHECK(asked("3") == seconds(3));
  CHECK(asked("0120") == seconds(120));
}

TEST_CASE("an answer without Retry-After asks for nothing", "[retry_after]") {
  CHECK_FALSE(transfer::retry_after(transfer::Reply{}, now));
}

TEST_CASE("Retry-After as a date is what is left until then", "[retry_after]") {
  CHECK(asked("Fri, 15 Jan 2027 08:00:42 GMT") == seconds(42));
  CHECK(asked("Friday, 15-Jan-27 08:01:00 GMT") == seconds(60));
  CHECK(asked("Fri Jan 15 08:02:00 2027") == seconds(120));
}

TEST_CASE("a date that has passed asks for no wait", "[retry_after]") {
  CHECK(asked("Fri, 15 Jan 2027 07:00:00 GMT") == seconds(0));
  CHECK(asked("Thu, 01 Jan 1970 00:00:00 GMT") == seconds(0));
}

TEST_CASE("a part of a second counts as a whole one", "[retry_after]") {
  transfer::Reply reply;
  reply.fields = {{"Retry-After", "Fri, 15 Jan 2027 08:00:42 GMT"}};
  CHECK(transfer::retry_after(reply, now - milliseconds(1)) == seconds(43));
}

TEST_CASE("nobody silences a device for more than a day", "[retry_after]") {
  CHECK(asked("86401") == day);
  CHECK(asked("18446744073709551615") == day);
  CHECK(asked("Fri, 15 Jan 2038 08:00:00 GMT") == day);
  CHECK(asked("Fri, 15 Jan 9999 08:00:00 GMT") == day);
}

TEST_CASE("a number beyond all numbers is a day, not nothing", "[retry_after]") {
  CHECK(asked("99999999999999999999999999") == day);
}

TEST_CASE("what is neither seconds nor a date asks for nothing", "[retry_after]") {
  const std::string value = GENERATE("", "soon", "-5", "+5", "1.5", "5s", "3 apples", "0x10", "5,6", "GMT", "Jan",
                                     "\xff\xfe", "Fri, 99 Jan 2027 08:00:42 GMT");
  INFO(value);
  CHECK_FALSE(asked(value));
}
