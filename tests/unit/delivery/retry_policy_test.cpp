#include "agent/delivery/retry_policy.h"

#include <catch2/catch.hpp>
#include <map>

using namespace muster;
using delivery::Failure;
using delivery::Verdict;
using delivery::verdict_of;
using delivery::wait_before;
using transfer::Cause;

namespace {

const WallTime now = std::chrono::system_clock::from_time_t(1'800'000'000);  // Fri, 15 Jan 2027 08:00:00 GMT

transfer::Outcome caused_by(Cause cause) {
  transfer::Outcome outcome;
  outcome.cause = cause;
  return outcome;
}

transfer::Outcome answered(int status, const std::string& retry_after = {}) {
  transfer::Outcome outcome = caused_by(Cause::answered);
  outcome.reply.status = status;
  if (!retry_after.empty()) outcome.reply.fields.emplace_back("Retry-After", retry_after);
  return outcome;
}

std::vector<Failure> failures(std::vector<transfer::Outcome> outcomes) {
  std::vector<Failure> all;
  for (auto& outcome : outcomes) all.push_back({all.size(), std::move(outcome)});
  return all;
}

template <class... Outcomes>
std::vector<Failure> each(Outcomes... outcomes) {
  std::vector<transfer::Outcome> all;
  (all.push_back(std::move(outcomes)), ...);
  return failures(std::move(all));
}

// The largest share that chance gives.
constexpr double most = 0.999'999;

}  // namespace

TEST_CASE("every status has its verdict, and only six of them are about the file", "[retry_policy]") {
  for (int status = 300; status < 600; ++status) {
    const bool about_file =
        status == 400 || status == 411 || status == 413 || status == 414 || status == 415 || status == 422;
    const bool passing = status == 408 || status == 429 || status >= 500;
    INFO(status);
    CHECK(verdict_of(answered(status)) == (about_file ? Verdict::set_aside
                                           : passing  ? Verdict::again
                                                      : Verdict::declined));
  }
}

TEST_CASE("a status that nobody has heard of costs no file", "[retry_policy]") {
  for (const int status : {0, 99, 100, 199, 600, 999}) {
    INFO(status);
    CHECK(verdict_of(answered(status)) != Verdict::set_aside);
  }
}

TEST_CASE("every cause has its verdict, and none of them sets a file aside", "[retry_policy]") {
  const std::map<Cause, Verdict> expected{{Cause::identity_refused, Verdict::blocked},
                                          {Cause::server_untrusted, Verdict::blocked},
                                          {Cause::not_kept, Verdict::declined},
                                          {Cause::early_answer, Verdict::declined},
                                          {Cause::unproven_refusal, Verdict::declined},
                                          {Cause::bad_answer, Verdict::declined},
                                          {Cause::too_large, Verdict::declined},
                                          {Cause::local_read, Verdict::local},
                                          {Cause::local_write, Verdict::local},
                                          {Cause::name, Verdict::again},
                                          {Cause::connect, Verdict::again},
                                          {Cause::tls, Verdict::again},
                                          {Cause::stalled, Verdict::again},
                                          {Cause::broken, Verdict::again},
                                          {Cause::proxy, Verdict::again},
                                          {Cause::lost_race, Verdict::again},
                                          {Cause::cancelled, Verdict::again},
                                          {Cause::internal, Verdict::again}};
  CHECK(expected.size() + 1 == static_cast<std::size_t>(Cause::internal) + 1);  // all but answered
  for (const auto& [cause, verdict] : expected) {
    INFO(static_cast<int>(cause));
    CHECK(verdict_of(caused_by(cause)) == verdict);
  }
}

TEST_CASE("a refused certificate is no refused file, whatever status came with it", "[retry_policy]") {
  auto outcome = answered(400);
  outcome.cause = Cause::identity_refused;
  CHECK(verdict_of(outcome) == Verdict::blocked);
}

TEST_CASE("a file is set aside only when every beacon said so", "[retry_policy]") {
  CHECK(verdict_of(each(answered(413), answered(422))) == Verdict::set_aside);
  CHECK(verdict_of(each(answered(413), answered(404))) == Verdict::declined);
  CHECK(verdict_of(each(answered(413), caused_by(Cause::identity_refused))) == Verdict::blocked);
  CHECK(verdict_of(each(answered(413), caused_by(Cause::connect))) == Verdict::again);
  CHECK(verdict_of(each(answered(413), answered(503))) == Verdict::again);
  CHECK(verdict_of(each(answered(413), caused_by(Cause::local_read))) == Verdict::local);
}

TEST_CASE("what may pass by itself goes before what has to be mended", "[retry_policy]") {
  CHECK(verdict_of(each(caused_by(Cause::identity_refused), answered(503))) == Verdict::again);
  CHECK(verdict_of(each(answered(403), caused_by(Cause::server_untrusted))) == Verdict::blocked);
  CHECK(verdict_of(each(caused_by(Cause::connect), caused_by(Cause::local_read))) == Verdict::local);
}

TEST_CASE("where no beacon was asked no file is set aside", "[retry_policy]") {
  CHECK(verdict_of(std::vector<Failure>{}) == Verdict::declined);
}

TEST_CASE("further tries come at the documented times at the latest", "[retry_policy]") {
  const delivery::RetrySettings settings{5, seconds(10), seconds(120)};
  const std::vector<seconds> documented{seconds(10), seconds(30), seconds(60), seconds(100), seconds(120)};
  milliseconds since_first{0};
  for (unsigned retry = 1; retry <= 5; ++retry) {
    const auto wait = wait_before(settings, retry, since_first, most);
    REQUIRE(wait);
    since_first += *wait;
    INFO(retry);
    CHECK(since_first <= documented[retry - 1]);
    CHECK(since_first > documented[retry - 1] - seconds(1));
  }
  CHECK_FALSE(wait_before(settings, 6, milliseconds(0), 0));
}

TEST_CASE("no try comes sooner than a second after the one before", "[retry_policy]") {
  for (const unsigned retry : {1U, 2U, 5U}) {
    CHECK(wait_before({5, seconds(10), seconds(120)}, retry, seconds(0), 0) == milliseconds(1000));
    CHECK(wait_before({5, seconds(0), seconds(120)}, retry, seconds(0), 0) == milliseconds(1000));
  }
}

TEST_CASE("without an increment a fleet still spreads its tries", "[retry_policy]") {
  const auto latest = wait_before({1, seconds(0), seconds(120)}, 1, seconds(0), most);
  REQUIRE(latest);
  CHECK(*latest > milliseconds(1500));
  CHECK(*latest <= milliseconds(2000));
}

TEST_CASE("chance spreads the tries over the whole wait", "[retry_policy]") {
  const delivery::RetrySettings settings{3, seconds(20), seconds(3600)};
  CHECK(wait_before(settings, 2, seconds(20), 0.5) == milliseconds(20'500));  // between 1 and 40 s
}

TEST_CASE("without retries there is no further try", "[retry_policy]") {
  CHECK_FALSE(wait_before({0, seconds(10), seconds(120)}, 1, seconds(0), 0.5));
  CHECK_FALSE(wait_before({2, seconds(10), seconds(120)}, 3, seconds(0), 0.5));
  CHECK_FALSE(wait_before({2, seconds(10), seconds(120)}, 0, seconds(0), 0.5));
}

TEST_CASE("the largest numbers that somebody may set do not overflow", "[retry_policy]") {
  const delivery::RetrySettings settings{1'000'000, seconds(86'400), seconds(86'400)};
  CHECK(wait_before(settings, 1, seconds(0), 0) == milliseconds(1000));
  CHECK_FALSE(wait_before(settings, 1'000'000, seconds(0), most));
}

TEST_CASE("no try comes after the longest period, however many are allowed", "[retry_policy]") {
  const auto tries = [](const delivery::RetrySettings& settings, double random) {
    std::vector<milliseconds> times;
    milliseconds elapsed{0};
    while (const auto wait = wait_before(settings, static_cast<unsigned>(times.size()) + 1, elapsed, random)) {
      elapsed += *wait;
      times.push_back(elapsed);
    }
    return times;
  };
  for (const double random : {0.0, 0.5, most}) {
    INFO(random);
    const auto few = tries({8, seconds(1), seconds(3)}, random);
    CHECK(few.size() == 2);  // documented after 1 and 3 s
    CHECK(few.back() <= seconds(3));
    CHECK(tries({1000, seconds(0), seconds(10)}, random).back() <= seconds(10));
    CHECK(tries({5, seconds(10), seconds(120)}, random).size() == 5);
  }
  // Tries that take their time leave less of it.
  CHECK_FALSE(wait_before({5, seconds(10), seconds(120)}, 2, seconds(120), 0));
  CHECK(wait_before({5, seconds(10), seconds(120)}, 2, seconds(117), most) <= milliseconds(3000));
  CHECK_FALSE(wait_before({5, seconds(10), seconds(0)}, 1, seconds(0), 0));
}

TEST_CASE("beacons are out of use when no other file would fare better", "[retry_policy]") {
  using delivery::beacons_are_out_of_use;
  CHECK(beacons_are_out_of_use(each(caused_by(Cause::connect), answered(503), answered(429))));
  CHECK(beacons_are_out_of_use(each(caused_by(Cause::identity_refused), caused_by(Cause::name))));
  for (const int status : {404, 408, 413, 500, 507}) {
    INFO(status);
    CHECK_FALSE(beacons_are_out_of_use(each(caused_by(Cause::connect), answered(status))));
  }
  CHECK_FALSE(beacons_are_out_of_use(each(answered(503), caused_by(Cause::not_kept))));
}

TEST_CASE("nobody comes back before the time that was asked for, nor all at that time", "[retry_policy]") {
  using delivery::wait_asked;
  CHECK(wait_asked(milliseconds(1500), seconds(0), most) == milliseconds(1500));
  CHECK(wait_asked(milliseconds(1500), seconds(100), 0) == seconds(100));
  CHECK(wait_asked(milliseconds(1500), seconds(100), 0.5) == milliseconds(112'500));
}
