#include "agent/delivery/part_file.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using delivery::PartFile;
namespace fs = std::filesystem;

namespace {

struct Folder {
  testing::ScratchFolder scratch;
  const fs::path& path = scratch.path();
};

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

transfer::Reply whole_reply(const std::string& length, const std::string& tag = "\"v1\"") {
  transfer::Reply reply;
  reply.status = 200;
  reply.fields = {{"Content-Length", length}, {"ETag", tag}};
  return reply;
}

std::shared_ptr<PartFile> opened(const fs::path& target) {
  auto part = PartFile::open(target);
  REQUIRE(part);
  return *part;
}

// As after a connection that broke: five of ten bytes are there.
void leave_half(const fs::path& target, const std::string& tag = "\"v1\"") {
  auto part = opened(target);
  REQUIRE(part->begin(whole_reply("10", tag)));
  REQUIRE(part->write("01234"));
}

}  // namespace

TEST_CASE("a short file is never placed", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  auto part = opened(target);
  const auto reply = whole_reply("10");
  REQUIRE(part->begin(reply));
  REQUIRE(part->write("01234"));
  const auto finished = part->finish(reply);
  REQUIRE_FALSE(finished);
  CHECK(finished.error().kind == ErrorKind::refused);
  CHECK_FALSE(fs::exists(target));
}

TEST_CASE("content with another digest than the beacon names is never placed", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  auto part = opened(target);
  auto reply = whole_reply("5");
  reply.fields.emplace_back("Repr-Digest", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:");
  REQUIRE(part->begin(reply));
  REQUIRE(part->write("hello"));
  CHECK_FALSE(part->finish(reply));
  CHECK_FALSE(fs::exists(target));
}

TEST_CASE("content with the digest that the beacon names is placed", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  auto part = opened(target);
  auto reply = whole_reply("5");
  reply.fields.emplace_back("Repr-Digest", "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:");
  REQUIRE(part->begin(reply));
  REQUIRE(part->write("hello"));
  REQUIRE(part->finish(reply));
  CHECK(content_of(target) == "hello");
}

TEST_CASE("a part with a strong validator is kept and the rest asked for", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  leave_half(target);
  CHECK_FALSE(fs::exists(target));
  auto part = opened(target);
  CHECK(part->resume_fields() == std::vector<std::string>{"Range: bytes=5-", "If-Range: \"v1\""});
  transfer::Reply rest;
  rest.status = 206;
  rest.fields = {{"Content-Range", "bytes 5-9/10"}, {"ETag", "\"v1\""}};
  REQUIRE(part->begin(rest));
  REQUIRE(part->write("56789"));
  REQUIRE(part->finish(rest));
  CHECK(content_of(target) == "0123456789");
  CHECK_FALSE(fs::exists(folder.path / "policy.part"));
  CHECK_FALSE(fs::exists(folder.path / "policy.part.etag"));
}

TEST_CASE("a part with a weak validator is not kept", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  leave_half(target, "W/\"v1\"");
  CHECK_FALSE(fs::exists(folder.path / "policy.part"));
  CHECK(opened(target)->resume_fields().empty());
}

TEST_CASE("a whole answer instead of the rest starts over", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  leave_half(target);
  auto part = opened(target);
  const auto reply = whole_reply("3", "\"v2\"");
  REQUIRE(part->begin(reply));
  REQUIRE(part->write("new"));
  REQUIRE(part->finish(reply));
  CHECK(content_of(target) == "new");
}

TEST_CASE("another range than the one asked for is refused", "[part]") {
  const std::string range = GENERATE("bytes 0-4/10", "bytes 6-9/10", "bytes 5-8/10", "bytes 5-9/*", "bytes x-9/10", "");
  Folder folder;
  const auto target = folder.path / "policy";
  leave_half(target);
  auto part = opened(target);
  transfer::Reply rest;
  rest.status = 206;
  rest.fields = {{"Content-Range", range}};
  CHECK_FALSE(part->begin(rest));
}

TEST_CASE("a 206 that nobody asked for is refused", "[part]") {
  Folder folder;
  auto part = opened(folder.path / "policy");
  transfer::Reply rest;
  rest.status = 206;
  rest.fields = {{"Content-Range", "bytes 0-4/5"}};
  CHECK_FALSE(part->begin(rest));
}

TEST_CASE("an empty answer places an empty file", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  auto part = opened(target);
  REQUIRE(part->finish(whole_reply("0")));
  CHECK(fs::exists(target));
  CHECK(fs::file_size(target) == 0);
}

TEST_CASE("the old file stays until the new one is whole", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  std::ofstream(target) << "old";
  leave_half(target);
  CHECK(content_of(target) == "old");
}
