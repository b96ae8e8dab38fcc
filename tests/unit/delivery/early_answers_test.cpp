// What is remembered of locations that answer before they have a file.
#include "agent/delivery/early_answers.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using delivery::EarlyAnswers;

namespace {

const WallTime now = wall_now();

EarlyAnswers::File file(const std::string& name, std::uint64_t size = 9) {
  EarlyAnswers::File made;
  made.name = name;
  made.facts.size = size;
  return made;
}

void try_in_vain(EarlyAnswers& answers, const EarlyAnswers::File& tried, const std::string& location, unsigned times) {
  for (unsigned i = 0; i < times; ++i) answers.add(tried, location, now);
}

}  // namespace

TEST_CASE("after three tries a location is left out for that version of the file, in every process", "[early]") {
  testing::ScratchFolder scratch;
  EarlyAnswers answers(scratch.path());
  const auto tried = file("Inventories/a");
  try_in_vain(answers, tried, "one", 2);
  CHECK_FALSE(answers.excludes(tried, "one", now));
  CHECK(answers.all_excluded(now).empty());

  EarlyAnswers other(scratch.path());
  other.add(tried, "one", now);
  CHECK(other.excludes(tried, "one", now));
  CHECK(EarlyAnswers(scratch.path()).excludes(tried, "one", now));
  CHECK_FALSE(other.excludes(tried, "two", now));
  CHECK_FALSE(other.excludes(file("Inventories/b"), "one", now));
  CHECK_FALSE(other.excludes(file("Inventories/a", 10), "one", now));

  REQUIRE(other.all_excluded(now).size() == 1);
  CHECK(other.all_excluded(now).front().name == "Inventories/a");
  CHECK(other.all_excluded(now).front().location == "one");
}

TEST_CASE("it is tried again a day later, after a delivery, and when the clock has gone back", "[early]") {
  testing::ScratchFolder scratch;
  EarlyAnswers answers(scratch.path());
  const auto tried = file("Inventories/a");
  try_in_vain(answers, tried, "one", 3);
  CHECK(answers.excludes(tried, "one", now + std::chrono::hours(23)));
  CHECK_FALSE(answers.excludes(tried, "one", now + std::chrono::hours(24)));
  CHECK_FALSE(answers.excludes(tried, "one", now - std::chrono::hours(1)));
  answers.forget("Inventories/b");
  CHECK(answers.excludes(tried, "one", now));
  answers.forget("Inventories/a");
  CHECK_FALSE(answers.excludes(tried, "one", now));
  CHECK_FALSE(EarlyAnswers(scratch.path()).excludes(tried, "one", now));
}

TEST_CASE("names with odd bytes and a record that is broken do no harm", "[early]") {
  testing::ScratchFolder scratch;
  EarlyAnswers answers(scratch.path());
  const auto odd = file("Inventories/a\tb\nc");
  try_in_vain(answers, odd, "o\tne", 3);
  CHECK(EarlyAnswers(scratch.path()).excludes(odd, "o\tne", now));

  std::ofstream(scratch / "early-answers", std::ios::app) << "x\ty\tz\n\n\t\t\t\t\nk\t99999999999999999999\t1\ta\tb\n";
  EarlyAnswers again(scratch.path());
  CHECK(again.excludes(odd, "o\tne", now));
  CHECK(again.all_excluded(now).size() == 1);
}

TEST_CASE("the record does not grow without end", "[early]") {
  EarlyAnswers answers{std::filesystem::path()};
  for (unsigned i = 0; i < 1500; ++i) try_in_vain(answers, file("f" + std::to_string(i)), "one", 3);
  CHECK(answers.all_excluded(now).size() == 1000);
}
