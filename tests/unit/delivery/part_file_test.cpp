#include "agent/delivery/part_file.h"

#include <unistd.h>

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
  auto part = PartFile::open(target, 1 << 20);
  REQUIRE(part);
  return *part;
}

transfer::Reply rest_reply(const std::string& range, const std::string& tag, const std::string& digest = "") {
  transfer::Reply reply;
  reply.status = 206;
  reply.fields = {{"Content-Range", range}};
  if (!tag.empty()) reply.fields.emplace_back("ETag", tag);
  if (!digest.empty()) reply.fields.emplace_back("Repr-Digest", "sha-256=:" + digest + ":");
  return reply;
}

const std::string digest_of_digits = "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=";
const std::string other_digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

// As after a connection that broke: five of ten bytes are there.
void leave_half(const fs::path& target, const std::string& tag = "\"v1\"", const std::string& digest = "") {
  auto part = opened(target);
  auto reply = whole_reply("10", tag);
  if (!digest.empty()) reply.fields.emplace_back("Repr-Digest", "sha-256=:" + digest + ":");
  REQUIRE(part->begin(reply));
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

TEST_CASE("a part that is half of a rest is continued by the next beacon", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  leave_half(target);
  auto part = opened(target);
  REQUIRE(part->begin(rest_reply("bytes 5-9/10", "\"v1\"")));
  REQUIRE(part->write("56"));
  part->expect();
  CHECK(part->resume_fields() == std::vector<std::string>{"Range: bytes=7-", "If-Range: \"v1\""});
  const auto rest = rest_reply("bytes 7-9/10", "\"v1\"");
  REQUIRE(part->begin(rest));
  REQUIRE(part->write("789"));
  REQUIRE(part->finish(rest));
  CHECK(content_of(target) == "0123456789");
}

TEST_CASE("the rest of another version is refused", "[part]") {
  const auto [range, tag] = GENERATE(table<std::string, std::string>({{"bytes 5-10/11", "\"v1\""},
                                                                      {"bytes 5-8/9", "\"v1\""},
                                                                      {"bytes 5-9/10", "\"v2\""},
                                                                      {"bytes 5-9/10", "W/\"v1\""},
                                                                      {"bytes 5-9/10", ""}}));
  Folder folder;
  leave_half(folder.path / "policy");
  const auto begun = opened(folder.path / "policy")->begin(rest_reply(range, tag));
  REQUIRE_FALSE(begun);
  CHECK(begun.error().kind == ErrorKind::refused);
}

TEST_CASE("an answer without a strong ETag is resumed by its digest", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  const std::string tag = GENERATE("", "W/\"v1\"");
  leave_half(target, tag, digest_of_digits);
  auto part = opened(target);
  CHECK(part->resume_fields() == std::vector<std::string>{"Range: bytes=5-"});
  SECTION("the same digest and length are taken") {
    const auto rest = rest_reply("bytes 5-9/10", "\"v7\"", digest_of_digits);
    REQUIRE(part->begin(rest));
    REQUIRE(part->write("56789"));
    REQUIRE(part->finish(rest));
    CHECK(content_of(target) == "0123456789");
  }
  SECTION("no digest is refused") { CHECK_FALSE(part->begin(rest_reply("bytes 5-9/10", "\"v1\""))); }
  SECTION("another digest is refused") { CHECK_FALSE(part->begin(rest_reply("bytes 5-9/10", "", other_digest))); }
  SECTION("another length is refused") { CHECK_FALSE(part->begin(rest_reply("bytes 5-8/9", "", digest_of_digits))); }
}

TEST_CASE("an answer with a digest and no length is not resumed", "[part]") {
  Folder folder;
  auto reply = whole_reply("", "");
  reply.fields.emplace_back("Repr-Digest", "sha-256=:" + digest_of_digits + ":");
  auto part = opened(folder.path / "policy");
  REQUIRE(part->begin(reply));
  REQUIRE(part->write("01234"));
  CHECK(part->resume_fields().empty());
}

TEST_CASE("the digest that the first beacon named holds for what the second completes", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  leave_half(target, "\"v1\"", digest_of_digits);
  auto part = opened(target);
  const auto rest = rest_reply("bytes 5-9/10", "\"v1\"");
  REQUIRE(part->begin(rest));
  REQUIRE(part->write("5678x"));
  CHECK_FALSE(part->finish(rest));
  CHECK_FALSE(fs::exists(target));
}

TEST_CASE("two digests under one ETag are two versions", "[part]") {
  Folder folder;
  leave_half(folder.path / "policy", "\"v1\"", digest_of_digits);
  CHECK_FALSE(opened(folder.path / "policy")->begin(rest_reply("bytes 5-9/10", "\"v1\"", other_digest)));
}

TEST_CASE("a rest without a body places nothing", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  leave_half(target);
  auto part = opened(target);
  auto rest = rest_reply("bytes 5-9/10", "\"v1\"");
  rest.fields.emplace_back("Content-Length", "0");
  CHECK_FALSE(part->finish(rest));
  CHECK_FALSE(fs::exists(target));
}

TEST_CASE("more bytes than were named are refused as they come", "[part]") {
  Folder folder;
  auto part = opened(folder.path / "policy");
  REQUIRE(part->begin(whole_reply("10")));
  REQUIRE(part->write("0123456789"));
  const auto more = part->write("x");
  REQUIRE_FALSE(more);
  CHECK(more.error().kind == ErrorKind::refused);
}

TEST_CASE("what was given up leaves nothing behind", "[part]") {
  Folder folder;
  leave_half(folder.path / "policy");
  REQUIRE(opened(folder.path / "policy")->discard());
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("a record that is no file of our own does not count", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  const auto record = folder.path / "policy.part.etag";
  leave_half(target);
  SECTION("a link") {
    fs::rename(record, folder.path / "elsewhere");
    fs::create_symlink("elsewhere", record);
  }
  SECTION("a second name of another file") { fs::create_hard_link(record, folder.path / "elsewhere"); }
  SECTION("another user's") {
    if (::chown(record.c_str(), 1, 1) != 0) return;  // only root can make one
  }
  SECTION("a folder") {
    fs::remove(record);
    fs::create_directory(record);
  }
  CHECK(opened(target)->resume_fields().empty());
}

TEST_CASE("a record of one line, the ETag alone, still counts", "[part]") {
  Folder folder;
  const auto target = folder.path / "policy";
  leave_half(target);
  std::ofstream(folder.path / "policy.part.etag") << "\"v1\"";
  CHECK(opened(target)->resume_fields() == std::vector<std::string>{"Range: bytes=5-", "If-Range: \"v1\""});
}
