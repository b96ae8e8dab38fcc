// Root's step with a tool that only notes what it was given, and with power cuts at each moment.
#include "agent/policy/update/installer.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "platform/file.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/policy/update/release_scene.h"

namespace muster::update {
namespace {

namespace fs = std::filesystem;

const policy::Signer maker(1);

struct PowerCut {};

void put(const fs::path& path, const std::string& content) { std::ofstream(path, std::ios::trunc) << content; }
std::string get(const fs::path& path) { return platform::read_file(path, max_package_size).value_or("(none)"); }

std::string package_of(std::uint64_t number) { return fmt::format("package {}", number); }

// A machine whose installed program is the text of a package.
class Machine {
 public:
  Machine() : places_{folder_.path()} {
    fs::create_directories(places_.staged());
    fs::create_directories(places_.own());
    put(places_.record(), "{\"muster_updates\": 1}\n");
  }

  void stage(std::uint64_t number) {
    const Release release = release_of(number, package_of(number));
    stage(release, freshness_of(release), package_of(number));
  }
  void stage(const Release& release, const Freshness& freshness, const std::string& package) {
    put(places_.staged() / "release.json", envelope(maker, text_of(release)));
    put(places_.staged() / "freshness.json", envelope(maker, text_of(freshness)));
    put(places_.staged() / "package", package);
  }

  void agent_says(std::uint64_t number, bool handshake, const std::string& problem = "") {
    Health health{number, std::nullopt, problem};
    if (handshake) health.handshake = now;
    REQUIRE(write_health(places_, health));
  }

  Installer installer() {
    return Installer({places_, Device{"laptop-17", platform_here, ""}, "/proc/self/exe",
                      [this]() -> tl::expected<Keys, Refusal> { return keys; },
                      [this](const fs::path& package) { return install(package); }, [this] { return installed; },
                      [this] { return now; }});
  }

  void install_by_hand(std::uint64_t number) {
    installed = number;
    program = package_of(number);
  }

  Status run() {
    Installer one = installer();
    return one.start();
  }
  // A whole update to that number, healthy.
  void update_to(std::uint64_t number) {
    stage(number);
    Installer one = installer();
    REQUIRE(one.start());
    agent_says(number, true);
    REQUIRE(one.check_trial(seconds(0)));
    REQUIRE(one.record().step == Step::none);
    REQUIRE(program == package_of(number));
  }

  Installation record() const { return read_installation(places_).value(); }
  const Places& places() const { return places_; }

  // Where the tool is interrupted: before it has changed anything, after it, or never.
  enum class Cut { never, before, after };
  Cut cut = Cut::never;
  bool tool_fails = false;
  bool tool_breaks = false;  // fails after it has changed what is installed
  std::function<void()> while_installing;

  std::string program = "package 1";
  std::uint64_t installed = 1;
  unsigned runs = 0;
  Keys keys = keys_of(maker);
  WallTime now = day_of_release + std::chrono::hours(1);

 private:
  Status install(const fs::path& package) {
    ++runs;
    if (cut == Cut::before) throw PowerCut();
    if (while_installing) while_installing();
    if (tool_fails) return fail(ErrorKind::failure, "dpkg ended with exit code 2");
    program = get(package);
    installed = std::stoull(program.substr(program.find(' ') + 1));
    if (cut == Cut::after) throw PowerCut();
    if (std::exchange(tool_breaks, false)) return fail(ErrorKind::failure, "dpkg ended with exit code 1");
    return {};
  }

  testing::ScratchFolder folder_;
  Places places_;
};

void refused_for(Machine& machine, Reason reason) {
  const Status done = machine.run();
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::refused);
  CHECK(done.error().message.find(std::string(name(reason)) + ":") != std::string::npos);
  CHECK(machine.program == "package 1");
  CHECK(machine.runs == 0);
}

}  // namespace

TEST_CASE("A staged release is installed, tried, and its package kept") {
  Machine machine;
  machine.update_to(2);
  CHECK(get(machine.places().kept()) == "package 2");
  CHECK(platform::absent(machine.places().next()));
  CHECK(platform::absent(machine.places().updater()));
  CHECK(machine.record().number == 2);
  CHECK(machine.record().result == "release 2 (1.2) is installed");
}

TEST_CASE("Each attack on what is staged is refused for its own reason, and recorded") {
  Machine machine;
  const Release release = release_of(2, package_of(2));
  Reason reason = Reason::none;
  machine.stage(2);

  SECTION("old") {
    machine.installed = 3;
    reason = Reason::old;
  }
  SECTION("frozen") {
    machine.now = day_of_release + std::chrono::hours(24 * 31);
    reason = Reason::frozen;
  }
  SECTION("mixed: the freshness statement of another release") {
    machine.stage(release, freshness_of(release_of(3, package_of(3))), package_of(2));
    reason = Reason::mixed;
  }
  SECTION("mixed: the file of another release") {
    machine.stage(release, freshness_of(release), package_of(3));
    reason = Reason::wrong_digest;
  }
  SECTION("wrong product") {
    Release foreign = release;
    foreign.product = "other";
    machine.stage(foreign, freshness_of(release), package_of(2));
    reason = Reason::wrong_product;
  }
  SECTION("longer") {
    machine.stage(release, freshness_of(release), package_of(2) + std::string(200'000, 'x'));
    reason = Reason::longer;
  }
  SECTION("shorter") {
    machine.stage(release, freshness_of(release), "package");
    reason = Reason::shorter;
  }
  SECTION("unknown key") {
    machine.keys = keys_of(policy::Signer(2));
    reason = Reason::unknown_key;
  }
  SECTION("revoked key") {
    machine.keys.revoked = {machine.keys.trusted};
    reason = Reason::revoked_key;
  }
  SECTION("a link in the place of the package") {
    fs::rename(machine.places().staged() / "package", machine.places().data / "elsewhere");
    fs::create_symlink(machine.places().data / "elsewhere", machine.places().staged() / "package");
    reason = Reason::malformed;
  }
  SECTION("a second name of another file") {
    fs::create_hard_link(machine.places().staged() / "package", machine.places().data / "elsewhere");
    reason = Reason::malformed;
  }
  SECTION("a link in the place of the folder") {
    fs::rename(machine.places().staged(), machine.places().data / "elsewhere");
    fs::create_directory_symlink(machine.places().data / "elsewhere", machine.places().staged());
    reason = Reason::malformed;
  }
  SECTION("nothing is staged") {
    fs::remove(machine.places().staged() / "package");
    reason = Reason::malformed;
  }

  refused_for(machine, reason);
  CHECK(machine.record().refusal.starts_with(name(reason)));
}

TEST_CASE("A lost record is refused as that, whether it is missing, cut off or of another format") {
  Machine machine;
  machine.stage(2);
  SECTION("missing") { fs::remove(machine.places().record()); }
  SECTION("cut off") { put(machine.places().record(), "{\"muster_upda"); }
  SECTION("empty") { put(machine.places().record(), ""); }
  SECTION("of another format") { put(machine.places().record(), "{\"muster_updates\": 2}"); }
  SECTION("with a step that is no text") { put(machine.places().record(), "{\"muster_updates\": 1, \"step\": 3}"); }
  refused_for(machine, Reason::lost_state);
}

TEST_CASE("What is swapped after the check is not what is installed") {
  Machine machine;
  machine.stage(2);
  machine.while_installing = [&] { put(machine.places().staged() / "package", "package 666"); };
  REQUIRE(machine.run());
  CHECK(machine.program == "package 2");
}

TEST_CASE("A freshness statement that was seen once rules out every earlier one, also after a refusal") {
  Machine machine;
  const Release release = release_of(2, package_of(2));
  machine.now = day_of_release + std::chrono::hours(48);
  machine.stage(release, freshness_of(release, day_of_release + std::chrono::hours(24)), "x");
  CHECK_FALSE(machine.run());
  machine.stage(2);
  refused_for(machine, Reason::replayed);
}

TEST_CASE("A release that does not become healthy is taken back and never tried again") {
  Machine machine;
  machine.update_to(2);
  machine.agent_says(2, true);
  machine.stage(3);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  std::string why;

  SECTION("it is not ready") { why = "not ready"; }
  SECTION("it reaches no beacon") {
    machine.agent_says(3, false);
    why = "reached no beacon";
  }
  SECTION("it has a new problem") {
    machine.agent_says(3, true, "identity");
    why = "identity";
  }

  REQUIRE(installer.check_trial(seconds(599)));
  CHECK(installer.is_on_trial());
  REQUIRE(installer.check_trial(seconds(1)));
  CHECK(machine.program == "package 2");
  CHECK(machine.record().result.find(why) != std::string::npos);
  CHECK(machine.record().rolled_back == std::set<std::uint64_t>{3});

  machine.stage(3);
  const unsigned runs = machine.runs;
  const Status again = machine.run();
  REQUIRE_FALSE(again);
  CHECK(again.error().message.find("rolled-back:") != std::string::npos);
  CHECK(machine.runs == runs);
  machine.update_to(4);
}

TEST_CASE("A problem that the version before had as well takes nothing back") {
  Machine machine;
  machine.update_to(2);
  machine.agent_says(2, true, "refused");
  machine.stage(3);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  machine.agent_says(3, true, "refused");
  REQUIRE(installer.check_trial(seconds(1)));
  CHECK(installer.record().step == Step::none);
  CHECK(machine.program == "package 3");
}

TEST_CASE("Where the version before had reached no beacon for an hour either, the wait goes on") {
  Machine machine;
  machine.update_to(2);
  machine.now += std::chrono::hours(2);
  machine.stage(3);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  machine.agent_says(3, false);
  REQUIRE(installer.check_trial(std::chrono::hours(100)));
  CHECK(installer.is_on_trial());
  machine.agent_says(3, true);
  REQUIRE(installer.check_trial(seconds(0)));
  CHECK(machine.record().result == "release 3 (1.3) is installed");
}

TEST_CASE("A trial that goes on counts no more than its ten minutes and writes nothing from then on") {
  Machine machine;
  machine.update_to(2);
  machine.now += std::chrono::hours(2);
  machine.stage(3);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  machine.agent_says(3, false);
  REQUIRE(installer.check_trial(seconds(599)));
  REQUIRE(installer.check_trial(seconds(60)));
  CHECK(machine.record().ran == trial_time);

  const auto written = platform::facts_at(machine.places().record());
  REQUIRE(written);
  REQUIRE(installer.check_trial(seconds(60)));
  CHECK(installer.is_on_trial());
  CHECK(platform::facts_at(machine.places().record()) == written);
}

TEST_CASE("Without a package of the version before, a failure is only reported") {
  Machine machine;
  machine.stage(2);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  REQUIRE(installer.check_trial(trial_time));
  CHECK(installer.record().step == Step::none);
  CHECK(machine.program == "package 2");
  CHECK(machine.record().result.find("no package of the version before") != std::string::npos);
}

TEST_CASE("A kept package that is not the version before is not gone back to") {
  Machine machine;
  machine.update_to(2);
  machine.installed = 3;  // by hand
  machine.program = "package 3";
  machine.stage(4);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  REQUIRE(installer.check_trial(trial_time));
  CHECK(machine.program == "package 4");
}

TEST_CASE("A package that is installed by hand during a trial stays") {
  Machine machine;
  machine.update_to(2);
  machine.stage(3);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  machine.installed = 4;
  machine.program = "package 4";
  REQUIRE(installer.check_trial(trial_time));
  CHECK(installer.record().step == Step::none);
  CHECK(machine.program == "package 4");
  CHECK_FALSE(installer.record().kept);
}

TEST_CASE("A package that is installed by hand after a failed way back stays, and later updates go on") {
  Machine machine;
  machine.update_to(2);
  machine.stage(3);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  machine.tool_fails = true;
  CHECK_FALSE(installer.check_trial(trial_time));
  CHECK(machine.record().step == Step::restoring);

  machine.tool_fails = false;
  machine.install_by_hand(5);
  static_cast<void>(machine.run());
  CHECK(machine.program == "package 5");
  CHECK(machine.record().step == Step::none);
  CHECK_FALSE(machine.record().kept);
  CHECK(machine.record().rolled_back == std::set<std::uint64_t>{3});

  machine.stage(6);
  REQUIRE(machine.run());
  CHECK(machine.program == "package 6");
}

TEST_CASE("A release that is staged beside one that was installed by hand is taken up at once") {
  Machine machine;
  machine.update_to(2);
  machine.stage(3);
  REQUIRE(machine.run());
  machine.install_by_hand(4);
  machine.stage(5);
  REQUIRE(machine.run());
  CHECK(machine.program == "package 5");
  CHECK(machine.record().step == Step::on_trial);
}

TEST_CASE("A package that is installed by hand after a power cut in the tool stays") {
  Machine machine;
  const bool has_kept = GENERATE(true, false);
  if (has_kept) machine.update_to(2);
  machine.stage(3);
  machine.cut = Machine::Cut::before;
  CHECK_THROWS_AS(machine.run(), PowerCut);
  CHECK(machine.record().kept.has_value() == has_kept);

  machine.cut = Machine::Cut::never;
  machine.install_by_hand(4);
  static_cast<void>(machine.run());
  CHECK(machine.program == "package 4");
  CHECK(machine.record().step == Step::none);
}

TEST_CASE("A damaged package is not needed where its release was installed by hand") {
  Machine machine;
  machine.update_to(2);
  machine.stage(3);
  Installer installer = machine.installer();
  REQUIRE(installer.start());
  put(machine.places().kept(), "");
  CHECK_FALSE(installer.check_trial(trial_time));
  CHECK_FALSE(machine.run());

  machine.install_by_hand(2);
  CHECK(machine.run());
  CHECK(machine.record().step == Step::none);
  CHECK_FALSE(machine.record().kept);
  CHECK(machine.record().result.ends_with("; release 2 (1.2) is installed again"));
}

TEST_CASE("A tool that fails before it has changed anything is tried three times") {
  Machine machine;
  machine.tool_fails = true;
  for (unsigned time = 1; time <= max_tries; ++time) {
    machine.stage(2);
    CHECK(machine.run());
    CHECK(machine.runs == time);
    CHECK(machine.record().step == Step::none);
  }
  machine.stage(2);
  CHECK_FALSE(machine.run());
  CHECK(machine.runs == max_tries);
  CHECK(machine.record().result.find("exit code 2") != std::string::npos);
}

TEST_CASE("A tool that fails half-way is followed by the version before") {
  Machine machine;
  machine.update_to(2);
  machine.stage(3);
  machine.tool_breaks = true;
  CHECK(machine.run());
  CHECK(machine.program == "package 2");
  CHECK(machine.record().rolled_back == std::set<std::uint64_t>{3});
}

TEST_CASE("A power cut while the tool runs ends with one of the two versions, installed whole") {
  Machine machine;
  machine.update_to(2);
  machine.agent_says(2, true);
  machine.stage(3);
  machine.cut = GENERATE(Machine::Cut::before, Machine::Cut::after);
  CHECK_THROWS_AS(machine.run(), PowerCut);
  CHECK(machine.record().step == Step::installing);
  CHECK(platform::exists(machine.places().updater()));
  machine.cut = Machine::Cut::never;

  SECTION("the new one, where it works") {
    Installer again = machine.installer();
    REQUIRE(again.start());
    CHECK(again.is_on_trial());
    machine.agent_says(3, true);
    REQUIRE(again.check_trial(seconds(0)));
    CHECK(machine.program == "package 3");
  }
  SECTION("the old one, where the new one was damaged on the disk") {
    put(machine.places().next(), "");
    machine.installed = 3;
    REQUIRE(machine.run());
    CHECK(machine.program == "package 2");
  }
}

TEST_CASE("A power cut in the trial and in the way back goes on there") {
  Machine machine;
  machine.update_to(2);
  machine.agent_says(2, true);
  machine.stage(3);
  REQUIRE(machine.run());

  Installer second = machine.installer();  // after the first power cut
  REQUIRE(second.start());
  REQUIRE(second.is_on_trial());
  REQUIRE(second.check_trial(seconds(300)));
  Installer third = machine.installer();  // running time is not forgotten
  REQUIRE(third.start());
  machine.cut = GENERATE(Machine::Cut::before, Machine::Cut::after);
  CHECK_THROWS_AS(third.check_trial(seconds(300)), PowerCut);
  CHECK(machine.record().step == Step::restoring);

  machine.cut = Machine::Cut::never;
  REQUIRE(machine.run());
  CHECK(machine.program == "package 2");
  CHECK(machine.record().step == Step::none);
  CHECK(machine.record().rolled_back == std::set<std::uint64_t>{3});
}

TEST_CASE("A power cut between the two writes of a success is a success") {
  Machine machine;
  machine.update_to(2);
  machine.agent_says(2, true);
  machine.stage(3);
  REQUIRE(machine.run());
  fs::rename(machine.places().next(), machine.places().kept());
  Installer again = machine.installer();
  REQUIRE(again.start());
  CHECK(again.record().step == Step::none);
  CHECK(again.record().kept->number == 3);
}

TEST_CASE("A copy that was not finished does not count") {
  Machine machine;
  machine.stage(2);
  put(machine.places().next().string() + ".new", "pack");
  put(machine.places().next(), "stale");
  REQUIRE(machine.run());
  CHECK(machine.program == "package 2");
}

TEST_CASE("A record of updates reads back as it was written") {
  Installation record;
  record.number = 7;
  record.freshness = day_of_release;
  record.rolled_back = {3, 5};
  record.step = Step::on_trial;
  record.next = {7, "1.7", "ab"};
  record.kept = StoredPackage{6, "1.6", "cd"};
  record.ran = seconds(42);
  record.was_offline = true;
  record.former_problem = "identity";
  const auto read = installation_from(text_of(record));
  REQUIRE(read);
  CHECK(text_of(*read) == text_of(record));
}

}  // namespace muster::update
