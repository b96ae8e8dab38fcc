#include "agent/policy/update/statement.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/policy/envelope.h"
#include "agent/policy/json_members.h"
#include "platform/base/text.h"
#include "ssl/signature.h"

namespace muster::update {
namespace {

using policy::JsonMembers;
using policy::JsonValue;
using policy::Problem;

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t digest_digits = 64;
constexpr std::size_t key_digits = 64;
constexpr std::size_t max_platforms = 32;

bool is_hex(std::string_view value, std::size_t digits) {
  return value.size() == digits && value.find_first_not_of(hex_digits) == std::string_view::npos;
}

// The raw bytes of lower-case hex.
std::string bytes_of_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(hex_digits.find(digits[i]) << 4U | hex_digits.find(digits[i + 1]));
  }
  return bytes;
}

// Nothing that could lead to another folder, and no option of a package tool.
bool is_plain_name(std::string_view name) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~-";
  if (name.empty() || name.front() == '.' || name.front() == '-') return false;
  return name.find_first_not_of(plain) == std::string_view::npos;
}

std::string plain_text(JsonMembers& members, std::string_view name) {
  members.require(name);
  std::string value = members.text(name);
  if (!is_plain_name(value)) members.refuse(name, "must be a plain name of letters, digits and ._+~-");
  return value;
}

std::string digest_in(JsonMembers& members) {
  members.require("sha256");
  std::string value = members.text("sha256");
  if (!is_hex(value, digest_digits)) members.refuse("sha256", "must be 64 hex digits in lower case");
  return value;
}

std::uint64_t number_in(JsonMembers& members, std::string_view name, std::uint64_t least, std::uint64_t most) {
  members.require(name);
  return members.number(name, least, most, least);
}

tl::unexpected<Refusal> malformed(const char* what, const std::string& why) {
  return refusal(Reason::malformed, fmt::format("the {} cannot be read: {}", what, why));
}

Release release_in(JsonMembers& members) {
  number_in(members, "muster_release", 1, 1);
  Release release;
  release.product = plain_text(members, "product");
  release.number = number_in(members, "number", 1, max_release_number);
  release.version = plain_text(members, "version");
  release.platform = plain_text(members, "platform");

  release.file = plain_text(members, "file");
  release.length = number_in(members, "length", 1, max_package_size);
  release.sha256 = digest_in(members);
  release.rollout_percent = static_cast<unsigned>(members.number("rollout_percent", 0, 100, 100));
  release.not_after = members.time("not_after");
  members.refuse_unknown();
  return release;
}

Freshness freshness_in(JsonMembers& members, Problem& problem) {
  number_in(members, "muster_freshness", 1, 1);
  Freshness freshness;
  freshness.product = plain_text(members, "product");
  for (const char* const name : {"issued", "expires"}) members.require(name);
  freshness.issued = members.time("issued");
  freshness.expires = members.time("expires");
  if (freshness.expires > freshness.issued + max_freshness)
    members.refuse("expires", "is more than 92 days after issued");

  members.each("releases", max_platforms, [&](const JsonValue& element, const std::string& path) {
    JsonMembers one(element, path, problem);
    Newest newest;
    newest.platform = plain_text(one, "platform");
    newest.number = number_in(one, "number", 1, max_release_number);
    newest.sha256 = digest_in(one);
    one.refuse_unknown();
    if (freshness.of(newest.platform) != nullptr) one.refuse("platform", "is there twice");
    freshness.releases.push_back(std::move(newest));
  });
  members.refuse_unknown();
  return freshness;
}

}  // namespace

const Newest* Freshness::of(std::string_view platform) const {
  const auto found =
      std::find_if(releases.begin(), releases.end(), [&](const Newest& newest) { return newest.platform == platform; });
  return found == releases.end() ? nullptr : &*found;
}

tl::expected<std::string, Refusal> open_statement(std::string_view file, const Keys& keys) {
  const auto value = policy::parse_json(file);
  if (!value) return malformed("envelope", value.error().message);
  if (value->names.size() != 3) return malformed("envelope", "it has statement, key and signature, and nothing else");
  auto statement = policy::decoded_member(*value, "statement");
  if (!statement) return malformed("envelope", statement.error().message);
  const auto signature = policy::decoded_member(*value, "signature");
  if (!signature) return malformed("envelope", signature.error().message);
  const JsonValue* const key = value->find("key");
  if (key == nullptr || !is_hex(key->text, key_digits)) return malformed("envelope", "key must be 64 hex digits");

  if (std::find(keys.revoked.begin(), keys.revoked.end(), key->text) != keys.revoked.end()) {
    return refusal(Reason::revoked_key, fmt::format("it is signed by the key {}, which is revoked", key->text));
  }
  if (key->text != keys.trusted) {
    return refusal(Reason::unknown_key,
                   fmt::format("it is signed by the key {}, which this device does not know", key->text));
  }
  if (!ssl::is_signed_by(bytes_of_hex(key->text), *statement, *signature)) {
    return refusal(Reason::bad_signature, "its signature is not one of its key over these bytes");
  }
  return std::move(*statement);
}

Result<std::vector<std::string>> read_key_list(std::string_view text) {
  std::vector<std::string> keys;
  for (const std::string& line : text::split(text, '\n')) {
    const std::string_view key = text::trim(std::string_view(line).substr(0, line.find('#')));
    if (key.empty()) continue;
    if (!is_hex(key, key_digits)) return fail(ErrorKind::failure, fmt::format("'{}' is no key in hex", key));
    keys.emplace_back(key);
  }
  return keys;
}

tl::expected<Release, Refusal> read_release(std::string_view json) {
  const auto value = policy::parse_json(json);
  if (!value) return malformed("release statement", value.error().message);
  Problem problem;
  JsonMembers members(*value, {}, problem);
  Release release = release_in(members);
  if (!problem.empty()) return malformed("release statement", problem);
  return release;
}

tl::expected<Freshness, Refusal> read_freshness(std::string_view json) {
  const auto value = policy::parse_json(json);
  if (!value) return malformed("freshness statement", value.error().message);
  Problem problem;
  JsonMembers members(*value, {}, problem);
  Freshness freshness = freshness_in(members, problem);
  if (!problem.empty()) return malformed("freshness statement", problem);
  return freshness;
}

}  // namespace muster::update
