// What every system promises behind the portable headers: the same test runs on each of them.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <thread>

#include "platform/atomic_file.h"
#include "platform/base/random.h"
#include "platform/byte_locks.h"
#include "platform/change_watch.h"
#include "platform/config_file.h"
#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/file_lock.h"
#include "platform/file_writers.h"
#include "platform/folder.h"
#include "platform/folder_watch.h"
#include "platform/host.h"
#include "platform/installed_package.h"
#include "platform/instance_lock.h"
#include "platform/local_time.h"
#include "platform/network.h"
#include "platform/private_file.h"
#include "platform/program.h"
#include "platform/service_folder.h"
#include "platform/wait.h"
#include "platform/wall_alarm.h"

using namespace muster;
namespace fs = std::filesystem;

namespace {

class Scratch {
 public:
  Scratch() : path_(fs::temp_directory_path() / ("muster-contract-" + std::to_string(random_seed()))) {
    fs::create_directories(path_);
    fs::permissions(path_, fs::perms::owner_all);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }
  fs::path operator/(const char* name) const { return path_ / name; }
  fs::path write(const char* name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  fs::path path_;
};

std::string content_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Reports arrive while the thread waits.
template <class Done>
bool wait_until(const platform::UniqueFd& handle, Done done) {
  const SteadyTime end = steady_now() + seconds(20);
  const platform::UniqueFd* const handles[] = {&handle};
  while (!done()) {
    if (steady_now() >= end) return false;
    platform::wait_any(handles, end);
  }
  return true;
}

}  // namespace

TEST_CASE("a file that is missing is an error that names it", "[contract]") {
  const Scratch scratch;
  const auto missing = platform::read_file(scratch / "missing", 100);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::local_file);
  CHECK(missing.error().message.find((scratch / "missing").string()) != std::string::npos);
  CHECK(platform::absent(scratch / "missing"));
  CHECK_FALSE(platform::exists(scratch / "missing"));
  CHECK_FALSE(platform::facts_at(scratch / "missing"));
}

TEST_CASE("a folder cannot be read as a file", "[contract]") {
  const Scratch scratch;
  const auto folder = platform::read_file(scratch.path(), 100);
  REQUIRE_FALSE(folder);
  CHECK(folder.error().message.find("it is a folder") != std::string::npos);
}

TEST_CASE("a file above the limit is refused", "[contract]") {
  const Scratch scratch;
  scratch.write("a", "12345");
  CHECK(platform::read_file(scratch / "a", 5) == "12345");
  CHECK_FALSE(platform::read_file(scratch / "a", 4));
}

TEST_CASE("facts change when the content changes, and not otherwise", "[contract]") {
  const Scratch scratch;
  const fs::path file = scratch.write("a", "one");
  const auto before = platform::facts_at(file);
  REQUIRE(before);
  CHECK(before == platform::facts_at(file));
  CHECK(before->size == 3);
  CHECK(wall_now() - before->modified < std::chrono::minutes(1));

  scratch.write("a", "longer");
  CHECK(before != platform::facts_at(file));
}

TEST_CASE("a name outside ASCII leads to its file", "[contract]") {
  const Scratch scratch;
  const fs::path file = scratch.path() / fs::path(u8"Prüfung-日本-🙂.txt");
  REQUIRE(platform::write_file(file, "content", 0600));
  CHECK(platform::read_file(file, 100) == "content");

  auto folder = platform::Folder::open(scratch.path());
  REQUIRE(folder);
  auto names = folder->list();
  REQUIRE(names);
  const auto name = names->next();
  REQUIRE(name);
  CHECK(name->text == "Prüfung-日本-🙂.txt");
  CHECK(folder->examine(name->text).state == platform::OpenEntry::State::open);
}

TEST_CASE("a replaced file is whole, and nothing else stays behind", "[contract]") {
  const Scratch scratch;
  scratch.write("target", "old");
  REQUIRE(platform::write_file(scratch / "target", "new", 0644));
  CHECK(content_of(scratch / "target") == "new");
  REQUIRE(platform::write_file_unsynced(scratch / "target", "newer", 0644));
  CHECK(content_of(scratch / "target") == "newer");
  CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("a file that was not placed goes, and one that was kept is resumed", "[contract]") {
  const Scratch scratch;
  const fs::path part = scratch / "a.part";
  {
    auto file = platform::AtomicFile::open(part, scratch / "a", false);
    REQUIRE(file);
    REQUIRE(platform::write_at(file->file(), part, 0, "half"));
    file->keep();
  }
  CHECK(content_of(part) == "half");
  {
    auto file = platform::AtomicFile::open(part, scratch / "a", true);
    REQUIRE(file);
    CHECK(file->size() == 4U);
    REQUIRE(platform::write_at(file->file(), part, 4, "whole"));
    REQUIRE(file->place(WallTime(seconds(1'700'000'000))));
  }
  CHECK(content_of(scratch / "a") == "halfwhole");
  CHECK(platform::facts_at(scratch / "a")->modified == WallTime(seconds(1'700'000'000)));

  { REQUIRE(platform::AtomicFile::open(part, scratch / "a", false)); }
  CHECK(platform::absent(part));
}

TEST_CASE("a file that another object writes cannot be opened for writing", "[contract]") {
  const Scratch scratch;
  const auto first = platform::AtomicFile::open(scratch / "a.part", scratch / "a", false);
  REQUIRE(first);
  const auto second = platform::AtomicFile::open(scratch / "a.part", scratch / "a", false);
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("another process is writing it") != std::string::npos);
}

TEST_CASE("a byte is locked for one holder at a time", "[contract]") {
  const Scratch scratch;
  auto one = platform::ByteLocks::open(scratch / "claims");
  auto other = platform::ByteLocks::open(scratch / "claims");
  REQUIRE(one);
  REQUIRE(other);
  constexpr std::uint64_t far = platform::ByteLocks::places - 1;

  auto held = (*one)->try_lock(far);
  REQUIRE(held);
  REQUIRE(*held);
  CHECK_FALSE((*other)->try_lock(far)->has_value());
  CHECK_FALSE((*one)->try_lock(far)->has_value());
  CHECK((*other)->try_lock(7)->has_value());

  held->reset();
  CHECK((*other)->try_lock(far)->has_value());
}

TEST_CASE("a lock is waited for until its holder gives it back", "[contract]") {
  const Scratch scratch;
  auto one = platform::ByteLocks::open(scratch / "claims");
  auto other = platform::ByteLocks::open(scratch / "claims");
  REQUIRE(one);
  REQUIRE(other);

  auto held = (*one)->try_lock(5);
  REQUIRE(*held);
  std::thread waiting([&] { static_cast<void>((*other)->wait_for(5)); });
  held->reset();
  waiting.join();
  CHECK((*one)->try_lock(5)->has_value());
}

TEST_CASE("one agent runs at a time, and the second one names it", "[contract]") {
  const Scratch scratch;
  const auto first = platform::InstanceLock::take(scratch / "lock");
  REQUIRE(first);
  const auto second = platform::InstanceLock::take(scratch / "lock");
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::failure);
  CHECK(second.error().message.find("as process ") != std::string::npos);
}

TEST_CASE("a file lock is had by one, for as long as it lives", "[contract]") {
  const Scratch scratch;
  {
    const auto first = platform::FileLock::take(scratch / "lock", milliseconds(0));
    REQUIRE(first);
    CHECK_FALSE(platform::FileLock::take(scratch / "lock", milliseconds(5)));
  }
  CHECK(platform::FileLock::take(scratch / "lock", milliseconds(0)));
}

TEST_CASE("an entry is removed only while it is the file that was examined", "[contract]") {
  const Scratch scratch;
  scratch.write("a", "one");
  const auto folder = platform::Folder::open(scratch.path());
  REQUIRE(folder);
  auto entry = folder->examine("a");
  REQUIRE(entry.state == platform::OpenEntry::State::open);
  entry.file.reset();

  scratch.write("a", "changed");
  CHECK(folder->remove("a", entry.facts) == platform::Removal::changed);

  entry = folder->examine("a");
  entry.file.reset();
  REQUIRE(platform::write_file(scratch / "a", "another", 0600));
  CHECK(folder->remove("a", entry.facts) == platform::Removal::replaced);

  entry = folder->examine("a");
  entry.file.reset();
  CHECK(folder->remove("a", entry.facts) == platform::Removal::removed);
  CHECK(folder->remove("a", entry.facts) == platform::Removal::replaced);
  CHECK(folder->examine("a").state == platform::OpenEntry::State::gone);
}

TEST_CASE("an entry that is removed while it is open is gone once it is closed", "[contract]") {
  const Scratch scratch;
  scratch.write("a", "one");
  const auto folder = platform::Folder::open(scratch.path());
  auto entry = folder->examine("a");
  REQUIRE(folder->remove("a", entry.facts) == platform::Removal::removed);
  entry.file.reset();
  CHECK(platform::absent(scratch / "a"));
}

TEST_CASE("a folder in a folder is made when it is missing, and is no entry to send", "[contract]") {
  const Scratch scratch;
  const auto folder = platform::Folder::open(scratch.path());
  CHECK_FALSE(folder->open_folder("inner", false));
  REQUIRE(folder->open_folder("inner", true));
  REQUIRE(folder->open_folder("inner", true));
  CHECK(folder->examine("inner").state == platform::OpenEntry::State::unfit);
  CHECK(folder->examine("missing").state == platform::OpenEntry::State::gone);
}

TEST_CASE("an entry moves to a free name only", "[contract]") {
  const Scratch scratch;
  scratch.write("a", "one");
  const auto folder = platform::Folder::open(scratch.path());
  const auto inner = folder->open_folder("inner", true);
  REQUIRE(inner);
  REQUIRE(inner->write(".temporary", "taken", "content", 0600));

  const auto facts = platform::facts_at(scratch / "a");
  CHECK(folder->move("a", *facts, *inner, "taken") == false);
  CHECK(folder->move("a", *facts, *inner, "free") == true);
  CHECK(content_of(scratch / "inner" / "free") == "one");
  CHECK_FALSE(folder->move("a", *facts, *inner, "free2"));
}

TEST_CASE("a file with a second name is not fit to be sent", "[contract]") {
  const Scratch scratch;
  scratch.write("a", "one");
  fs::create_hard_link(scratch / "a", scratch / "b");
  const auto folder = platform::Folder::open(scratch.path());
  CHECK(folder->examine("a").state == platform::OpenEntry::State::unfit);
}

TEST_CASE("a named file is removed only while it is the one that was sent", "[contract]") {
  const Scratch scratch;
  const fs::path file = scratch.write("a", "one");
  const auto facts = platform::facts_at(file);
  scratch.write("a", "changed");
  CHECK_FALSE(platform::remove_if_same(file, *facts));
  CHECK(platform::may_remove(file));
  REQUIRE(platform::remove_if_same(file, *platform::facts_at(file)));
  CHECK(platform::absent(file));
}

TEST_CASE("a file that is open for writing has writers", "[contract]") {
  const Scratch scratch;
  scratch.write("a", "one");
  const auto file = platform::open_regular(scratch / "a");
  REQUIRE(file);
  CHECK(platform::writers_of(*file) != platform::Writers::some);

  const std::ofstream writer(scratch / "a", std::ios::app);
  CHECK(platform::writers_of(*file) != platform::Writers::none);
}

TEST_CASE("a file that is moved into a watched folder is reported", "[contract]") {
  const Scratch scratch;
  fs::create_directory(scratch / "watched");
  auto watch = platform::FolderWatch::make();
  REQUIRE(watch);
  REQUIRE(watch->add(scratch / "watched"));
  REQUIRE(watch->add(scratch / "watched"));

  scratch.write("a", "one");
  fs::rename(scratch / "a", scratch / "watched" / "a");
  bool reported = false;
  CHECK(wait_until(watch->handle(), [&] {
    for (const auto& change : watch->changes()) {
      reported = reported || (change.name == "a" && change.folder == scratch / "watched");
    }
    return reported;
  }));
}

TEST_CASE("a missing folder cannot be watched", "[contract]") {
  const Scratch scratch;
  auto watch = platform::FolderWatch::make();
  CHECK_FALSE(watch->add(scratch / "missing"));
  auto changes = platform::ChangeWatch::make();
  CHECK(changes->watch({scratch / "missing"}));
}

TEST_CASE("a change of a watched folder's entry is reported once", "[contract]") {
  const Scratch scratch;
  auto watch = platform::ChangeWatch::make();
  REQUIRE(watch);
  REQUIRE(watch->watch({scratch.path()}));
  CHECK_FALSE(watch->take_changes());
  scratch.write("a", "one");
  CHECK(wait_until(watch->handle(), [&] { return watch->take_changes(); }));
}

TEST_CASE("a signalled wake-up ends the wait until it is cleared", "[contract]") {
  const platform::Wakeup wakeup;
  REQUIRE(wakeup.usable());
  std::thread other([&] { wakeup.signal(); });
  const platform::UniqueFd* const handles[] = {&wakeup.handle()};
  platform::wait_any(handles, std::nullopt);
  other.join();
  platform::wait_any(handles, std::nullopt);
  wakeup.clear();
  platform::wait_any(handles, steady_now() + milliseconds(1));
}

TEST_CASE("an alarm rings at its time, once", "[contract]") {
  auto alarm = platform::WallAlarm::make();
  REQUIRE(alarm);
  CHECK(alarm->take() == platform::WallAlarm::Ring::none);
  alarm->set(wall_now() - seconds(5));
  const platform::UniqueFd* const handles[] = {&alarm->handle()};
  platform::wait_any(handles, std::nullopt);
  CHECK(alarm->take() == platform::WallAlarm::Ring::time);
  CHECK(alarm->take() == platform::WallAlarm::Ring::none);
}

TEST_CASE("a configuration file that changed since it was read is left alone", "[contract]") {
  const Scratch scratch;
  const auto missing = platform::read_config_file(scratch / "config.ini", 100);
  REQUIRE(missing);
  CHECK_FALSE(missing->facts);
  REQUIRE(platform::replace_config_file(*missing, "one"));

  const auto read = platform::read_config_file(scratch / "config.ini", 100);
  REQUIRE(read);
  CHECK(read->content == "one");
  REQUIRE(platform::replace_config_file(*read, "two"));
  CHECK(content_of(scratch / "config.ini") == "two");
  CHECK_FALSE(platform::replace_config_file(*read, "three"));
  CHECK(content_of(scratch / "config.ini") == "two");
  CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("a private file is written, replaced and read again", "[contract]") {
  const Scratch scratch;
  const fs::path file = scratch / "private" / "key.pem";
  REQUIRE(platform::write_private(file, "one"));
  REQUIRE(platform::write_private(file, "two"));
  const auto open = platform::open_private(file);
  REQUIRE(open);
  CHECK(platform::read_all(*open, file, 100) == "two");
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), {}) == 1);
}

TEST_CASE("a private file that is missing is named with its preference", "[contract]") {
  const Scratch scratch;
  const auto missing = platform::open_private(scratch / "key.pem", "SSLClientPrivateKeyFile");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::identity);
  CHECK(missing.error().remedy.find("SSLClientPrivateKeyFile") != std::string::npos);
}

TEST_CASE("a folder of the service is made with all above it", "[contract]") {
  const Scratch scratch;
  REQUIRE(platform::make_service_folder(scratch / "a" / "b" / "c"));
  REQUIRE(platform::make_service_folder(scratch / "a" / "b" / "c"));
  CHECK(platform::may_write(scratch / "a" / "b" / "c"));
}

TEST_CASE("the facts of this machine are there", "[contract]") {
  CHECK_FALSE(platform::host_name().empty());
  CHECK_FALSE(platform::user_name().empty());
  CHECK(platform::default_data_directory().is_absolute());
  CHECK(platform::environment("MUSTER_NO_SUCH_VARIABLE").empty());
  CHECK(platform::resolve({"192.0.2.1"}, milliseconds(0)).front().front() == "192.0.2.1");
  const seconds offset = platform::utc_offset(wall_now());
  CHECK(offset.count() % 900 == 0);
}

TEST_CASE("a program that no package installed is installed by none", "[contract]") {
  const auto package = platform::installed_package("no-such-package");
  CHECK(package.kind == platform::PackageKind::none);
  CHECK_FALSE(package.platform.empty());
  CHECK(platform::open_regular(platform::running_program()));
  CHECK_FALSE(platform::install_package(package.kind, "nothing", [](std::string_view) {}));
}

TEST_CASE("a program that is missing is an error", "[contract]") {
  CHECK_FALSE(platform::run_program({"no-such-program"}, [](std::string_view) {}));
}
