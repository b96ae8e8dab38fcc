#include <catch2/catch.hpp>
#include <filesystem>

#include "platform/atomic_file.h"
#include "platform/base/random.h"
#include "platform/file.h"
#include "platform/folder.h"
#include "platform/service_folder.h"
#include "platform/windows/native.h"

using namespace muster;
using namespace muster::platform;
namespace fs = std::filesystem;

TEST_CASE("a path of more than 400 characters leads to its file", "[windows]") {
  const fs::path top = fs::temp_directory_path() / ("muster-long-" + std::to_string(random_seed()));
  fs::path folder = top;
  for (int i = 0; i < 8; ++i) folder /= std::string(60, 'x');
  REQUIRE(make_service_folder(folder));
  REQUIRE(write_file(folder / "file", "content", 0644));
  CHECK(read_file(folder / "file", 100) == "content");

  const auto opened = Folder::open(folder);
  REQUIRE(opened);
  auto names = opened->list();
  REQUIRE(names);
  CHECK(names->next()->text == "file");
  const auto entry = opened->examine("file");
  CHECK(opened->remove("file", entry.facts) == Removal::removed);
}

TEST_CASE("a relative name and one with forward slashes are made absolute", "[windows]") {
  CHECK(for_call("C:/a/./b/../c") == L"\\\\?\\C:\\a\\c");
  CHECK(for_call("relative").ends_with(L"\\relative"));
  CHECK(for_call("\\\\server\\share\\file") == L"\\\\?\\UNC\\server\\share\\file");
  CHECK(for_call("\\\\?\\C:\\as it is") == L"\\\\?\\C:\\as it is");
}

TEST_CASE("text survives the way to the system and back", "[windows]") {
  const std::string text = "Prüfung 日本 🙂";
  CHECK(narrow(wide(text)) == text);
  CHECK(wide("").empty());
  CHECK(narrow(L"").empty());
}

TEST_CASE("a path is made of UTF-8, and of nothing else without an exception", "[windows]") {
  CHECK(fs::path(std::string("Prüfung-日本-🙂")).native() == L"Pr\u00fcfung-\u65e5\u672c-\U0001f642");
  CHECK((fs::path("x") / std::string("ü")).string() == "x\\ü");
  CHECK(fs::path(std::string("a\xff\xc3")).native() == L"a\ufffd\ufffd");
  CHECK(fs::path(std::string("\xed\xa0\x80\xc0\x80")).native() == std::wstring(5, L'\ufffd'));
  std::string long_one;
  for (int i = 0; i < 1000; ++i) long_one += "ü🙂";
  CHECK(fs::path(long_one).string() == long_one);
}

TEST_CASE("an error of the system has its words and its number", "[windows]") {
  CHECK(os_error(ERROR_FILE_NOT_FOUND).find("(error 2)") != std::string::npos);
  CHECK(os_error(ERROR_FILE_NOT_FOUND).find("\r") == std::string::npos);
  CHECK(os_error(0x2FFF'FFFF) == "unknown error (error 805306367)");
}

TEST_CASE("a time survives the way to the system and back", "[windows]") {
  const WallTime time = std::chrono::floor<microseconds>(wall_now());
  CHECK(wall_time(file_time(time)) == time);
  CHECK(wall_time(file_time(WallTime())) == WallTime());
}

TEST_CASE("a folder that is open keeps its place", "[windows]") {
  const fs::path top = fs::temp_directory_path() / ("muster-held-" + std::to_string(random_seed()));
  REQUIRE(make_service_folder(top / "folder"));
  {
    const auto held = Folder::open(top / "folder");
    REQUIRE(held);
    CHECK_FALSE(::MoveFileExW((top / "folder").c_str(), (top / "other").c_str(), 0));
  }
  CHECK(::MoveFileExW((top / "folder").c_str(), (top / "other").c_str(), 0));
  fs::remove_all(top);
}
