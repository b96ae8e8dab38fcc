#include "agent/policy/update/statement.h"

#include <catch2/catch.hpp>

#include "tests/unit/policy/update/release_scene.h"

namespace muster::update {
namespace {

const policy::Signer maker(1);
const policy::Signer other(2);

Reason reason_of(const tl::expected<std::string, Refusal>& opened) {
  return opened ? Reason::none : opened.error().reason;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto place = text.find(from);
  REQUIRE(place != std::string::npos);
  return text.replace(place, from.size(), to);
}

}  // namespace

TEST_CASE("A statement opens by the key of this device alone") {
  const std::string statement = text_of(release_of(12, "p"));
  CHECK(open_statement(envelope(maker, statement), keys_of(maker)) == statement);
  CHECK(reason_of(open_statement(envelope(other, statement), keys_of(maker))) == Reason::unknown_key);
}

TEST_CASE("A revoked key signs nothing, be it the one that this device knows") {
  Keys keys = keys_of(maker);
  keys.revoked = {text::hex(other.raw_key())};
  CHECK(reason_of(open_statement(envelope(other, "{}"), keys)) == Reason::revoked_key);
  keys.revoked.push_back(keys.trusted);
  CHECK(reason_of(open_statement(envelope(maker, "{}"), keys)) == Reason::revoked_key);
}

TEST_CASE("Where this device has no key, no key fits") {
  CHECK(reason_of(open_statement(envelope(maker, "{}"), Keys())) == Reason::unknown_key);
  CHECK(reason_of(open_statement(R"({"statement": "", "key": "", "signature": ""})", Keys())) == Reason::malformed);
}

TEST_CASE("A statement that was changed after it was signed is refused") {
  const std::string statement = text_of(release_of(12, "p"));
  const std::string changed = text_of(release_of(13, "p"));
  const std::string forged = replaced(envelope(maker, statement), text::base64(statement), text::base64(changed));
  CHECK(reason_of(open_statement(forged, keys_of(maker))) == Reason::bad_signature);

  const std::string lent = replaced(envelope(other, statement), text::hex(other.raw_key()), text::hex(maker.raw_key()));
  CHECK(reason_of(open_statement(lent, keys_of(maker))) == Reason::bad_signature);
}

TEST_CASE("What is no envelope is malformed") {
  for (const char* const file : {"", "<html>", "[]", "{}", R"({"statement": "e30="})",
                                 R"({"statement": "e30=", "key": "00", "signature": "e30="})",
                                 R"({"statement": 1, "key": "00", "signature": "e30="})"}) {
    CHECK(reason_of(open_statement(file, keys_of(maker))) == Reason::malformed);
  }
}

TEST_CASE("A release reads back as it was written") {
  Release written = release_of(12, "p");
  written.rollout_percent = 25;
  written.not_after = day_of_release;
  const auto read = read_release(text_of(written));
  REQUIRE(read);
  CHECK(text_of(*read) == text_of(written));
}

TEST_CASE("A release with anything that is unknown, missing or out of place is malformed") {
  const std::string good = text_of(release_of(12, "p"));
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {"\"muster_release\": 1", "\"muster_release\": 2"},
           {"\"number\": 12", "\"number\": 0"},
           {"\"number\": 12", "\"number\": 9007199254740992"},
           {"\"number\": 12", "\"number\": \"12\""},
           {"muster_1.12_amd64.deb", "../../etc/passwd"},
           {"muster_1.12_amd64.deb", "--force-all"},
           {"muster_1.12_amd64.deb", ".hidden"},
           {"\"version\": \"1.12\"", "\"version\": \"1 12\""},
           {"\"length\": 1", "\"length\": 999999999999"},
           {"\"rollout_percent\": 100", "\"rollout_percent\": 101"},
           {"\"rollout_percent\": 100", "\"run\": \"/bin/sh\""},
           {"\"sha256\": \"", "\"sha256\": \"A"},
       }) {
    const auto read = read_release(replaced(good, from, to));
    INFO(to);
    CHECK((!read && read.error().reason == Reason::malformed));
  }
}

TEST_CASE("A statement of one kind is not read as the other") {
  const Release release = release_of(12, "p");
  CHECK_FALSE(read_release(text_of(freshness_of(release))));
  CHECK_FALSE(read_freshness(text_of(release)));
}

TEST_CASE("A freshness statement that is good for too long is malformed, and so is a platform that is there twice") {
  Freshness freshness = freshness_of(release_of(12, "p"));
  CHECK(read_freshness(text_of(freshness)));
  freshness.expires = freshness.issued + max_freshness + seconds(1);
  CHECK_FALSE(read_freshness(text_of(freshness)));
  freshness = freshness_of(release_of(12, "p"));
  freshness.releases.push_back(freshness.releases.front());
  CHECK_FALSE(read_freshness(text_of(freshness)));
}

TEST_CASE("A list of keys is read whole or not at all") {
  const std::string key(64, 'a');
  CHECK(read_key_list("# stolen 2026-11-01\n" + key + " # laptop\n\n") == std::vector{key});
  CHECK(read_key_list("")->empty());
  CHECK_FALSE(read_key_list(key + "\nnonsense\n"));
}

}  // namespace muster::update
