#include "agent/policy/update/check_record.h"

#include <fmt/core.h>

#include "agent/config/settings.h"
#include "agent/policy/json_members.h"
#include "agent/policy/update/installation_file.h"
#include "agent/policy/update/trust.h"
#include "platform/atomic_file.h"
#include "platform/file.h"
#include "platform/installed_package.h"
#include "platform/service_folder.h"

namespace muster::update {
namespace {

using policy::JsonMembers;
using policy::JsonValue;
using policy::Problem;

constexpr std::uint64_t max_record = 64ULL * 1024;
constexpr unsigned readable_for_group = 0640;

std::string label(const Release& release) { return fmt::format("release {} ({})", release.number, release.version); }

// Without a package nothing of root's keeps a record, and nothing is installed either.
Past past_here(const Places& places, bool by_package) {
  Past past;
  if (by_package) {
    const auto record = read_installation(places);
    past = record ? past_of(*record) : Past();
    past.lost = !record;
  }
  past.number = std::max(past.number, installed_number());
  past.freshness = std::max(past.freshness, read_check_record(places).freshness);
  return past;
}

CheckRecord record_in(JsonMembers& members) {
  CheckRecord record;
  record.asked_at = members.time("asked_at");
  record.freshness = members.time("freshness");
  record.number = members.number("number", 0, max_release_number, 0);

  record.version = members.stored_text("version");
  record.is_staged = members.boolean("staged", false);
  record.why = members.stored_text("why");
  record.refusal = members.stored_text("refusal");
  return record;
}

}  // namespace

CheckRecord read_check_record(const Places& places) {
  const auto text = platform::read_file(places.check(), max_record);
  const auto value = text ? policy::parse_json(*text) : Result<JsonValue>(fail(text.error()));
  if (!value) return {};
  Problem problem;
  JsonMembers members(*value, {}, problem);
  CheckRecord record = record_in(members);
  return problem.empty() ? record : CheckRecord();
}

Status write_check_record(const Places& places, const CheckRecord& record) {
  JsonValue value = JsonValue::object();
  value.add("asked_at", JsonValue::of(record.asked_at));
  value.add("freshness", JsonValue::of(record.freshness));
  value.add("number", JsonValue::of(record.number));
  value.add("version", JsonValue::of(record.version));

  value.add("staged", JsonValue::of(record.is_staged));
  value.add("why", JsonValue::of(record.why));
  value.add("refusal", JsonValue::of(record.refusal));
  if (auto made = platform::make_service_folder(places.staged()); !made) return made;
  return platform::write_file(places.check(), policy::write_json(value) + "\n", readable_for_group);
}

CheckRecord after_check(CheckRecord record, const Check& check, WallTime now) {
  if (check.reached_beacon()) record.asked_at = now;
  if (check.result() == Check::Result::failed) return record;
  record.freshness = std::max(record.freshness, check.freshness());
  record.number = check.release() ? check.release()->number : 0;
  record.version = check.release() ? check.release()->version : std::string();

  record.is_staged = check.result() == Check::Result::staged;
  const bool waits = check.result() == Check::Result::waits && check.refusal().reason != Reason::current;
  record.why = waits ? in_words(check.refusal()) : std::string();
  record.refusal = check.result() == Check::Result::refused ? in_words(check.refusal()) : std::string();
  return record;
}

tl::expected<CheckRules, Refusal> check_rules(const policy::InForce& in_force) {
  auto keys = load_keys(in_force.preferences, Checked::as_user);
  if (!keys) return tl::unexpected(keys.error());
  const platform::InstalledPackage package = platform::installed_package("muster");
  CheckRules rules;
  rules.places.data = in_force.preferences.data_directory();
  rules.by_package = package.kind != platform::PackageKind::none;
  rules.keys = std::move(*keys);
  rules.past = past_here(rules.places, rules.by_package);

  rules.device.name = config::machine_id(in_force.preferences);
  rules.device.platform = package.platform;
  const auto document = in_force.lapsed.empty() ? policy::in_force(in_force.record) : std::nullopt;
  if (document) rules.device.wanted_version = document->agent_version;
  return rules;
}

Status take_up(const Check& check, WallTime now) {
  const Places& places = check.rules().places;
  if (auto kept = write_check_record(places, after_check(read_check_record(places), check, now)); !kept) return kept;
  if (check.result() != Check::Result::staged || !check.rules().by_package) return {};
  return platform::write_file_unsynced(places.request(), "", readable_for_group);
}

std::string in_words(const Check& check) {
  switch (check.result()) {
    case Check::Result::none: return "no beacon has an update for this device";
    case Check::Result::waits:
    case Check::Result::refused: return in_words(check.refusal());
    case Check::Result::staged: return fmt::format("{} is staged and verified", label(*check.release()));
    case Check::Result::failed: break;
  }
  return "the check for updates failed";
}

}  // namespace muster::update
