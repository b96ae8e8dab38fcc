// What becomes of the files of a spool, with beacons that answer as each test says and a clock that it moves.
#include "agent/outbox/outbox_pass.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <thread>

#include "platform/wait.h"
#include "tests/unit/channel/fake_channels.h"
#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using delivery::UploadVerify;
using transfer::Cause;
using transfer::Method;

namespace {

struct Heard final : outbox::PassListener {
  std::vector<std::string> delivered;
  std::map<std::string, Error> failed;

  void on_delivered(const delivery::Upload& upload, const beacon::Location&, double) override {
    delivered.push_back(upload.source().name);
  }
  void on_failed(const spool::Entry& entry, const Error& error, bool) override { failed.emplace(entry.name, error); }
};

struct Device {
  ScratchFolder scratch;
  CapturedStream said;
  beacon::Locations locations;
  outbox::PassRules rules;
  FakeChannels channels;
  Heard heard;
  SteadyTime now{std::chrono::hours(100)};
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<beacon::Selector> selector;
  std::unique_ptr<outbox::OutboxPass> drain;

  explicit Device(const std::vector<std::string>& hosts = {"a.example"}) {
    for (const std::string& host : hosts) {
      beacon::Location location;
      location.id = location.host = host;
      location.directory = "RL";
      locations.push_back(location);
    }
    scratch.folder("uploads/Inventories");
    rules.upload.verify = UploadVerify::none;
    rules.max_transfers = 64;
  }

  std::filesystem::path put(const std::string& name, const std::string& content = "content") const {
    return scratch.write("uploads/Inventories/" + name, content, 0644);
  }
  void put_many(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) put("f" + std::to_string(1000 + i));
  }
  bool holds(const std::string& name) const { return exists(scratch / ("uploads/Inventories/" + name)); }

  void begin() {
    auto opened = spool::Spool::open(scratch / "uploads", true, spool::Claims::open(scratch / "state").value());
    REQUIRE(opened);
    spool = std::move(*opened);
    beacon::SelectorSettings settings;
    settings.rules.chain = *beacon::parse_algorithms("Fastest");
    settings.network = "-";
    settings.state = scratch.folder("state");
    selector = std::make_unique<beacon::Selector>(locations, beacon::Direction::upload, settings, wall_now());
    drain = std::make_unique<outbox::OutboxPass>(*spool, channels, locations, *selector, rules, heard);
    start_pass();
  }
  // Files are complete one tick of the system's clock after their last change.
  void tick() {
    std::this_thread::sleep_for(milliseconds(25));
    now += milliseconds(25);
  }
  void start_pass() {
    tick();
    drain->start_pass(outbox::OutboxPass::Pending::all, now);
  }
  void report_closed(const std::string& name) {
    drain->on_closed({"Inventories", name}, now);
    tick();
    drain->on_time(now);
  }
  // Everything that was sent is answered, and what follows from that as well, but no time passes.
  void answer(const Answer& answer) {
    while (!channels.loop->open.empty() || !channels.loop->events.empty()) {
      channels.loop->answer_all(answer);
      drain->on_wakeup(now);
      drain->on_time(now);
    }
  }
  void answer(int number) {
    answer([number](const Sent&) { return status(number); });
  }
  void pass(milliseconds time) {
    now += time;
    drain->on_time(now);
  }
  std::vector<std::string> asked_hosts() const {
    std::vector<std::string> hosts;
    for (const Sent& sent : channels.sent) hosts.push_back(sent.host);
    return hosts;
  }
  std::size_t count(Method method) const {
    const auto& sent = channels.sent;
    return static_cast<std::size_t>(
        std::count_if(sent.begin(), sent.end(), [method](const Sent& one) { return one.method == method; }));
  }
};

}  // namespace

TEST_CASE("a file stays until every beacon has failed as often as the preferences allow", "[drain]") {
  Device device({"a.example", "b.example"});
  device.put("one.ndi");
  device.rules.retry = {2, seconds(10), seconds(120)};
  device.begin();
  const Answer dead = [](const Sent&) { return trouble(Cause::connect); };
  device.answer(dead);
  CHECK_FALSE(device.drain->idle());
  for (int further = 0; further < 2; ++further) {
    CHECK(device.holds("one.ndi"));
    const auto wakes = device.drain->wakes_at();
    REQUIRE(wakes);
    CHECK(*wakes > device.now);
    device.pass(std::chrono::duration_cast<milliseconds>(*wakes - device.now) + milliseconds(1));
    device.answer(dead);
  }
  CHECK(device.drain->idle());
  CHECK(device.drain->stopped_by());
  CHECK(device.drain->counts().left == 1);
  CHECK(device.holds("one.ndi"));
  CHECK(device.heard.delivered.empty());
}

TEST_CASE("a busy beacon's Retry-After is waited for, also beside a dead one", "[drain]") {
  Device device({"busy.example", "dead.example"});
  device.put("one.ndi");
  device.rules.retry = {5, seconds(1), seconds(3600)};
  device.begin();
  device.answer([](const Sent& sent) {
    return sent.host == "busy.example" ? status(429, {{"Retry-After", "600"}}) : trouble(Cause::connect);
  });
  CHECK(device.holds("one.ndi"));
  CHECK_FALSE(device.drain->stopped_by());
  // Until then only the dead one may be asked, and now it lives.
  const auto wakes = device.drain->wakes_at();
  REQUIRE(wakes);
  device.pass(std::chrono::duration_cast<milliseconds>(*wakes - device.now) + milliseconds(1));
  device.answer(201);
  const auto asked = device.asked_hosts();
  CHECK(std::count(asked.begin(), asked.end(), "busy.example") == 1);
}

TEST_CASE("with nobody but a beacon that asks for a longer wait than is allowed, the rest is not tried", "[drain]") {
  Device device;
  device.put_many(5);
  device.rules.retry = {5, seconds(1), seconds(60)};
  device.begin();
  device.answer([](const Sent&) { return status(503, {{"Retry-After", "3600"}}); });
  CHECK(device.drain->idle());
  CHECK(device.drain->stopped_by());
  CHECK(device.channels.sent.size() == 1);
  CHECK(device.drain->counts().left == 1);  // and what was not looked at
  CHECK(device.holds("f1004"));
}

TEST_CASE("a file that no beacon will ever take is set aside with the reason, and the others go on", "[drain]") {
  Device device;
  for (const char* name : {"a.ndi", "bad.ndi", "c.ndi"}) device.put(name);
  device.begin();
  device.answer([](const Sent& sent) { return status(sent.path.ends_with("bad.ndi") ? 422 : 201); });
  CHECK(device.heard.delivered.size() == 2);
  CHECK_FALSE(device.holds("bad.ndi"));
  std::ifstream reason(device.scratch / "uploads/.rejected/Inventories/bad.ndi.reason");
  CHECK_THAT(std::string(std::istreambuf_iterator(reason), {}), Contains("422"));
  CHECK(exists(device.scratch / "uploads/.rejected/Inventories/bad.ndi"));
}

TEST_CASE("a refused type does not keep the others from going out", "[drain]") {
  Device device;
  device.rules.max_transfers = 1;
  device.put_many(20);
  for (int i = 0; i < 20; ++i) device.scratch.write("uploads/Discovery/d" + std::to_string(i), "x", 0644);
  for (int i = 0; i < 20; ++i) device.scratch.write("uploads/Status/s" + std::to_string(i), "x", 0644);
  device.begin();
  device.answer(
      [](const Sent& sent) { return status(sent.path.find("/Discovery/") == std::string::npos ? 201 : 403); });
  CHECK(device.heard.delivered.size() == 40);
  CHECK(device.channels.sent.size() == 43);
  CHECK(device.drain->counts().left == 20);
  REQUIRE(device.drain->stopped_by());
  CHECK_THAT(device.drain->stopped_by()->line(), Contains("type Discovery") && Contains("403"));
  CHECK(device.drain->held_back("Discovery"));
  CHECK_FALSE(device.drain->held_back("Status"));
}

TEST_CASE("events of a channel on which no upload runs are taken, as it reports the next ones only then", "[drain]") {
  Device device;
  device.put("one.ndi");
  device.begin();
  device.answer(201);
  REQUIRE(device.drain->idle());
  FakeLoop& loop = *device.channels.loop;
  loop.finish(++loop.last, trouble(Cause::cancelled));
  device.drain->on_wakeup(device.now);
  CHECK(loop.events.empty());
  device.put("two.ndi");
  device.start_pass();
  device.answer(201);
  CHECK_FALSE(device.holds("two.ndi"));
}

TEST_CASE("the digest of a large file is taken on another thread", "[drain]") {
  Device device;
  const auto wakeup = std::make_shared<platform::Wakeup>();
  device.rules.notify = [wakeup] { wakeup->signal(); };
  const std::string content(3 << 20, 'x');
  device.put("large.ndi", content);
  device.begin();
  CHECK(device.channels.sent.empty());
  CHECK_FALSE(device.drain->idle());
  while (device.channels.sent.empty()) {
    const std::array handles{&wakeup->handle()};
    platform::wait_any(handles, std::nullopt);
    wakeup->clear();
    device.drain->on_wakeup(device.now);
  }
  device.answer(201);
  CHECK(device.drain->idle());
  CHECK_FALSE(device.holds("large.ndi"));
}

TEST_CASE("a stop gives up the digests that are being taken, and frees their names", "[drain]") {
  Device device;
  device.put("large.ndi", std::string(2 << 20, 'x'));
  device.begin();
  device.drain->stop();
  CHECK(device.drain->idle());
  CHECK(device.spool->claim({"Inventories", "large.ndi"}).item);
}

TEST_CASE("a file with times in the future goes out", "[drain]") {
  Device device;
  for (const int hours : {1, 24, 24 * 400}) {
    const auto path = device.put("in " + std::to_string(hours));
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() + std::chrono::hours(hours));
  }
  device.begin();
  device.answer(201);
  CHECK(device.heard.delivered.size() == 3);
}

TEST_CASE("three files in a row that are refused stop the rest, and none is lost", "[drain]") {
  Device device;
  device.put_many(10);
  device.begin();
  device.answer(403);
  CHECK(device.drain->stopped_by());
  CHECK(device.channels.sent.size() == 3);
  CHECK(device.drain->counts().delivered == 0);
  for (std::size_t i = 0; i < 10; ++i) CHECK(device.holds("f" + std::to_string(1000 + i)));
}

TEST_CASE("where the connection is lost without an alert, the reason is asked for once, with the head alone",
          "[drain]") {
  Device device;
  device.put("one.ndi");
  device.begin();
  REQUIRE_FALSE(device.channels.sent.front().asks_first);
  device.answer([](const Sent& sent) {
    transfer::Outcome lost = trouble(sent.asks_first ? Cause::identity_refused : Cause::broken);
    if (!sent.asks_first) lost.trouble = transfer::Trouble::no_alert;
    return lost;
  });
  CHECK(device.channels.sent.size() == 2);
  REQUIRE(device.drain->stopped_by());
  CHECK(device.drain->stopped_by()->kind == ErrorKind::identity);
  CHECK(device.holds("one.ndi"));
}

TEST_CASE("a beacon that knows no Expect is asked for the reason once, and then as before", "[drain]") {
  Device device;
  device.put("one.ndi");
  device.begin();
  device.answer([](const Sent& sent) {
    if (sent.asks_first) return status(417);
    transfer::Outcome lost = trouble(Cause::broken);
    lost.trouble = transfer::Trouble::no_alert;
    return lost;
  });
  CHECK(device.channels.sent.size() == 3);
  CHECK_FALSE(device.drain->stopped_by());
  CHECK(device.drain->wakes_at());  // a lost connection is tried again
  CHECK(device.holds("one.ndi"));
}

TEST_CASE("a file that somebody opens for writing while it is sent is not removed", "[drain]") {
  Device device;
  const auto file = device.put("one.ndi", "first words");
  device.begin();
  {
    const std::ofstream writer(file, std::ios::app);
    device.answer(201);
    CHECK(device.holds("one.ndi"));
    CHECK(device.heard.delivered.empty());
  }
  device.start_pass();
  device.answer(201);
  CHECK_FALSE(device.holds("one.ndi"));
}

TEST_CASE("a command leaves another user's file alone whose writer it cannot see, and says so", "[drain]") {
  if (!testing::is_root()) return;
  Device device;
  device.begin();
  device.put("one.ndi");
  ScratchFolder::set_mode(device.scratch / "uploads/Inventories", 0777);
  const testing::AsNobody nobody;
  device.start_pass();
  CHECK(device.channels.sent.empty());
  CHECK(device.drain->counts().left == 1);
  CHECK(device.heard.failed["one.ndi"].kind == ErrorKind::partial);
  CHECK_THAT(device.heard.failed["one.ndi"].line(), Contains("leave it to the agent"));
  CHECK(device.drain->idle());
  device.report_closed("one.ndi");
  CHECK(device.channels.sent.size() == 1);
}

TEST_CASE("the agent sends another user's file after a close, or a minute without a change", "[drain]") {
  if (!testing::is_root()) return;
  Device device;
  device.rules.waits_for_quiet = true;
  device.begin();
  const auto path = device.put("one.ndi");
  ScratchFolder::set_mode(device.scratch / "uploads/Inventories", 0777);
  const auto write = [&] { std::ofstream(path, std::ios::app) << "more"; };
  {
    const testing::AsNobody nobody;
    device.start_pass();
    CHECK(device.drain->idle());
    device.pass(seconds(59));
    CHECK(device.channels.sent.empty());
  }
  write();
  const testing::AsNobody nobody;
  device.pass(seconds(2));
  device.pass(seconds(58));
  CHECK(device.channels.sent.empty());
  device.pass(seconds(3));
  CHECK(device.channels.sent.size() == 1);
}

TEST_CASE("a file that was written to while it was sent is not removed", "[drain]") {
  Device device;
  const auto file = device.put("one.ndi", "before");
  device.begin();
  device.answer([&](const Sent&) {
    std::ofstream(file, std::ios::app) << " and after";
    return status(201);
  });
  CHECK(device.holds("one.ndi"));
  CHECK(device.heard.delivered.empty());
}

TEST_CASE("a file that was put there anew while it was sent is sent as well", "[drain]") {
  Device device;
  device.put("one.ndi", "first");
  device.begin();
  REQUIRE(device.channels.loop->open.size() == 1);
  device.put("new", "second");
  rename(device.scratch / "uploads/Inventories/new", device.scratch / "uploads/Inventories/one.ndi");
  device.report_closed("one.ndi");
  device.answer(201);
  CHECK(device.channels.sent.size() == 2);
  CHECK_FALSE(device.holds("one.ndi"));
}

TEST_CASE("transfers become more with each delivery, up to MaxConcurrentTransfers, and leave in bursts", "[drain]") {
  Device device;
  device.put_many(100);
  device.rules.max_transfers = 5;
  device.begin();
  CHECK(device.channels.loop->open.size() == 1);
  device.answer(201);
  CHECK(device.heard.delivered.size() == 100);
  CHECK(device.channels.loop->most_open == 5);
  CHECK(device.channels.loop->left_alone == 1);  // the first one, when nothing was loaded yet
}

TEST_CASE("beacons that are all too slow take as many transfers as others, and do not race for each", "[drain]") {
  for (const std::vector<std::string>& hosts : {std::vector<std::string>{"a.example"}, {"a.example", "b.example"}}) {
    Device device(hosts);
    device.put_many(100);
    device.begin();
    FakeLoop& loop = *device.channels.loop;
    std::size_t rounds = 0;
    while (!device.drain->idle()) {
      REQUIRE(++rounds < 50);
      const bool alone = loop.open.size() == 1;  // of several at once none is judged
      loop.answer_all([&](const Sent&) {
        transfer::Outcome outcome = status(201);
        outcome.new_connection = true;
        outcome.timing = {milliseconds(1), milliseconds(1), seconds(3), seconds(3)};
        outcome.slow = alone;
        return outcome;
      });
      device.drain->on_wakeup(device.now);
      device.drain->on_time(device.now);
    }
    CHECK(device.heard.delivered.size() == 100);
    CHECK(loop.most_open > 10);
    CHECK(loop.probes <= 2 * hosts.size());  // the first transfer races
  }
}

TEST_CASE("removals last after 64 of them or a tenth of a second", "[drain]") {
  Device device;
  device.put_many(200);
  device.begin();
  bool late = false;
  while (!device.channels.loop->open.empty()) {
    device.channels.loop->answer_all([](const Sent&) { return status(201); });
    device.drain->on_wakeup(device.now);
    CHECK(device.spool->unsynced() < 64);
    const auto wakes = device.drain->wakes_at();
    const bool planned = device.spool->unsynced() == 0 || (wakes && *wakes <= device.now + milliseconds(100));
    CHECK(planned);
    if (!late && device.heard.delivered.size() >= 100 && device.spool->unsynced() > 0) {
      late = true;
      device.pass(milliseconds(101));
      CHECK(device.spool->unsynced() == 0);
    }
  }
  CHECK(late);
  CHECK(device.heard.delivered.size() == 200);
  CHECK(device.spool->unsynced() == 0);
}

TEST_CASE("UploadVerify=First asks a beacon once, and again with another certificate", "[drain]") {
  Device device;
  device.rules.upload.verify = UploadVerify::first;
  const Answer keeps = [](const Sent& sent) {
    return sent.method == Method::head ? status(200, {{"Content-Length", "7"}}) : status(201);
  };
  device.put_many(3);
  device.begin();
  device.answer(keeps);
  CHECK(device.heard.delivered.size() == 3);
  CHECK(device.count(Method::head) == 1);
  device.channels.replace();
  device.put_many(3);
  device.now += seconds(1);
  device.start_pass();
  device.answer(keeps);
  CHECK(device.heard.delivered.size() == 6);
  CHECK(device.count(Method::head) == 2);
}

TEST_CASE("without a certificate nothing is sent, and everything stays", "[drain]") {
  Device device;
  device.put_many(3);
  device.channels.broken = Error(ErrorKind::identity, "no certificate", "deploy one");
  device.begin();
  CHECK(device.drain->idle());
  REQUIRE(device.drain->stopped_by());
  CHECK(device.drain->stopped_by()->kind == ErrorKind::identity);
  CHECK(device.channels.sent.empty());
  CHECK(device.drain->counts().left == 1);
}

TEST_CASE("when it is told to stop, what is under way ends and nothing else begins", "[drain]") {
  Device device;
  device.put_many(3);
  device.begin();
  device.drain->stop();
  device.answer(201);
  CHECK(device.heard.delivered.size() == 1);
  CHECK(device.drain->idle());
  CHECK(device.channels.sent.size() == 1);
}
