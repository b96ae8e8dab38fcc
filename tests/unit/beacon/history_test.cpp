#include "agent/beacon/history.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "agent/beacon/history_file.h"
#include "platform/file_lock.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using beacon::Fault;
using beacon::History;
using beacon::HistoryFile;
using beacon::Record;

namespace {

const WallTime noon{std::chrono::hours(500'000)};
using std::chrono::hours;

Record record_of(double connect_ms, WallTime heard) {
  Record record;
  record.connect.add(connect_ms * 1000, heard);
  record.tls.add(9000, heard);
  record.best_latency.add(12'000, heard);
  record.per_byte.add(12.5, heard);
  record.address = "192.0.2.7";
  record.heard = heard;
  record.used = heard;
  return record;
}

History history_of(const std::string& network, const std::string& key, const Record& record) {
  History history;
  history.of(network).used = record.heard;
  history.of(network).records[key] = record;
  return history;
}

History whole() {
  Record failed = record_of(3, noon);
  learn_failure(failed, {Fault::certificate, noon, noon, seconds(0), 12345678901234567890ULL}, 0.5);
  History history = history_of("192.0.2.1/192.0.2.0/24", "upload:https://a:443/RL", record_of(7, noon));
  history.of("-").used = noon;
  history.of("-").records["download:https://b:443/DL"] = failed;
  return history;
}

double connect_in(const History& history, const std::string& network, const std::string& key) {
  return history.networks().at(network).records.at(key).connect.value() / 1000;
}

}  // namespace

TEST_CASE("a history is read back as it was written", "[history]") {
  const std::string text = encode(whole());
  const auto back = beacon::decode(text);
  REQUIRE(back);
  CHECK(encode(*back) == text);
  const Record& record = back->networks().at("-").records.at("download:https://b:443/DL");
  CHECK(record.tls.value() == Approx(9000));
  CHECK(record.address == "192.0.2.7");
  REQUIRE(record.penalty);
  CHECK(record.penalty->fault == Fault::certificate);
  CHECK(record.penalty->epoch == 12345678901234567890ULL);
  CHECK(record.penalty->lasts(noon + seconds(299)));
}

TEST_CASE("a wait is read back, with a penalty and without", "[history]") {
  History history = whole();
  auto& records = history.of("-").records;
  learn_retry_after(records["download:https://b:443/DL"], 503, seconds(600), noon);
  records["upload:https://c:443/RL"] = record_of(4, noon);
  learn_retry_after(records["upload:https://c:443/RL"], 429, seconds(60), noon);
  const auto back = beacon::decode(encode(history));
  REQUIRE(back);
  const auto& read = back->networks().at("-").records;
  for (const auto& [key, record] : records) {
    INFO(key);
    REQUIRE(read.at(key).retry_after);
    CHECK(read.at(key).retry_after->status == record.retry_after->status);
    CHECK(read.at(key).retry_after->until == record.retry_after->until);
    CHECK(read.at(key).penalty.has_value() == record.penalty.has_value());
  }
}

TEST_CASE("a history that is cut at any byte is damaged", "[history]") {
  const std::string text = encode(whole());
  for (std::size_t size = 0; size < text.size(); ++size) {
    INFO(size);
    CHECK_FALSE(beacon::decode(text.substr(0, size)));
  }
}

TEST_CASE("a history with another word in it is damaged", "[history]") {
  const std::string text = encode(whole());
  const auto with = [&](const std::string& word, const std::string& other) {
    std::string changed = text;
    changed.replace(changed.find(word), word.size(), other);
    return changed;
  };
  CHECK_FALSE(beacon::decode(with("certificate", "thunder")));
  CHECK_FALSE(beacon::decode(with("7000.000/", "inf/")));
  CHECK_FALSE(beacon::decode(with("7000.000/", "-7000/")));
  CHECK_FALSE(beacon::decode(with("7000.000/", "nan/")));
  CHECK_FALSE(beacon::decode(with("7000.000/", "7e300/")));
  CHECK_FALSE(beacon::decode(with("192.0.2.7", "")));
  CHECK_FALSE(beacon::decode(text + "more\n"));
  CHECK_FALSE(beacon::decode(""));
}

TEST_CASE("a history of another version is empty and not damaged", "[history]") {
  const auto former = beacon::decode("muster beacons 1\nnetwork - 1\nkey - 1 1 1/0/1 - - -\nend 2\n");
  REQUIRE(former);
  CHECK(former->networks().empty());
}

TEST_CASE("of two histories the newest of each location wins", "[history]") {
  History ours = history_of("-", "a", record_of(1, noon));
  ours.of("-").records["b"] = record_of(1, noon - hours(2));
  History theirs = history_of("-", "a", record_of(9, noon - hours(1)));
  theirs.of("-").records["b"] = record_of(9, noon - hours(1));
  theirs.of("-").records["c"] = record_of(9, noon - hours(1));
  ours.merge(theirs, noon);
  CHECK(connect_in(ours, "-", "a") == Approx(1));
  CHECK(connect_in(ours, "-", "b") == Approx(9));
  CHECK(connect_in(ours, "-", "c") == Approx(9));
}

TEST_CASE("a wait is kept though another process heard of the beacon later", "[history]") {
  Record held = record_of(1, noon - hours(1));
  learn_retry_after(held, 503, seconds(7200), noon - hours(1));
  History ours = history_of("-", "a", held);
  ours.merge(history_of("-", "a", record_of(9, noon)), noon);
  CHECK(connect_in(ours, "-", "a") == Approx(9));
  CHECK(ours.networks().at("-").records.at("a").deferred(noon));
  History theirs = history_of("-", "a", record_of(9, noon));
  theirs.merge(history_of("-", "a", held), noon);
  CHECK(theirs.networks().at("-").records.at("a").deferred(noon));
}

TEST_CASE("what claims to be from the future loses against the present", "[history]") {
  History ours = history_of("-", "a", record_of(1, noon));
  ours.merge(history_of("-", "a", record_of(9, noon + hours(1000))), noon);
  CHECK(connect_in(ours, "-", "a") == Approx(1));
}

TEST_CASE("of networks the eight that were used last are kept", "[history]") {
  History all;
  for (int i = 0; i < 12; ++i) {
    all.merge(history_of("net" + std::to_string(i), "a", record_of(1, noon - hours(i))), noon);
  }
  CHECK(all.networks().size() == 8);
  CHECK(all.networks().contains("net0"));
  CHECK_FALSE(all.networks().contains("net8"));
}

TEST_CASE("what nobody has heard of for a year is forgotten", "[history]") {
  History all = history_of("-", "old", record_of(1, noon - hours(24 * 366)));
  all.merge(history_of("-", "stale", record_of(1, noon - hours(24 * 8))), noon);
  CHECK(all.networks().at("-").records.size() == 1);
  CHECK(all.networks().at("-").records.contains("stale"));
}

TEST_CASE("of a network's locations the thousand that were heard of last are kept, and read back", "[history]") {
  History many;
  for (int i = 0; i <= 1000; ++i) many.of("-").records["key" + std::to_string(i)] = record_of(1, noon - seconds(i));
  History all;
  all.merge(many, noon);
  CHECK(all.networks().at("-").records.size() == History::max_records);
  CHECK_FALSE(all.networks().at("-").records.contains("key1000"));
  CHECK(beacon::decode(encode(all)));
}

TEST_CASE("a file that is not there is an empty history", "[history]") {
  const testing::ScratchFolder folder;
  CHECK(HistoryFile(folder.path()).load().networks().empty());
}

TEST_CASE("what one process learns another one reads", "[history]") {
  const testing::ScratchFolder folder;
  HistoryFile file(folder.path() / "state");
  REQUIRE(file.save(history_of("-", "a", record_of(1, noon)), noon));
  REQUIRE(file.save(history_of("-", "b", record_of(2, noon)), noon));
  CHECK(file.load().networks().at("-").records.size() == 2);
}

TEST_CASE("a damaged file is set aside and begins anew", "[history]") {
  const testing::ScratchFolder folder;
  HistoryFile file(folder.path());
  std::ofstream(folder.path() / "beacons") << "muster beacons 3\nnetwork -";
  CHECK(file.load().networks().empty());
  CHECK(std::filesystem::exists(folder.path() / "beacons.damaged"));
  REQUIRE(file.save(history_of("-", "a", record_of(1, noon)), noon));
  CHECK(file.load().networks().size() == 1);
}

TEST_CASE("a file that somebody replaces while it is found damaged is not set aside", "[history]") {
  const testing::ScratchFolder folder;
  HistoryFile file(folder.path());
  std::ofstream(folder.path() / "beacons") << "muster beacons 3\nnetwork -";
  {
    const auto writing = platform::FileLock::take(folder.path() / "beacons.lock", milliseconds(100));
    REQUIRE(writing);
    CHECK(file.load().networks().empty());
    CHECK_FALSE(std::filesystem::exists(folder.path() / "beacons.damaged"));
  }
  file.load();
  CHECK(std::filesystem::exists(folder.path() / "beacons.damaged"));
}

TEST_CASE("whether another one has written the file is known, and who did not write it is not told", "[history]") {
  const testing::ScratchFolder folder;
  HistoryFile ours(folder.path());
  HistoryFile theirs(folder.path());
  ours.load();
  CHECK_FALSE(ours.changed());
  REQUIRE(theirs.save(history_of("-", "a", record_of(1, noon)), noon));
  CHECK(ours.changed());
  CHECK(ours.load().networks().size() == 1);
  CHECK_FALSE(ours.changed());
  REQUIRE(ours.save(history_of("-", "b", record_of(1, noon)), noon));
  CHECK_FALSE(ours.changed());
}

TEST_CASE("a folder that cannot be written costs an error and nothing else", "[history]") {
  const testing::ScratchFolder folder;
  std::ofstream(folder.path() / "state") << "a file";
  const auto saved = HistoryFile(folder.path() / "state").save(history_of("-", "a", record_of(1, noon)), noon);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().kind == ErrorKind::local_file);
}
