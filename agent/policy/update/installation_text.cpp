#include "agent/policy/json_members.h"
#include "agent/policy/update/installation.h"

namespace muster::update {
namespace {

using policy::JsonMembers;
using policy::JsonValue;
using policy::Problem;

constexpr std::size_t max_rolled_back = 9000;   // the reader takes 10,000 values
constexpr std::uint64_t max_ran = 1ULL << 40U;  // seconds
constexpr std::uint64_t format = 1;

JsonValue package_json(const StoredPackage& package) {
  JsonValue value = JsonValue::object();
  value.add("number", JsonValue::of(package.number));
  value.add("version", JsonValue::of(package.version));
  value.add("sha256", JsonValue::of(package.sha256));
  return value;
}

std::optional<StoredPackage> package_in(JsonMembers& whole, const char* name, Problem& problem) {
  const JsonValue* const value = whole.object(name);
  if (value == nullptr) return std::nullopt;
  JsonMembers members(*value, name, problem);
  return StoredPackage{members.number("number", 0, max_release_number, 0), members.stored_text("version"),
                       members.stored_text("sha256")};
}

Step step_in(JsonMembers& members) {
  if (!members.has("step")) return Step::none;
  const std::optional<Step> step = step_of(members.stored_text("step"));
  if (!step) members.refuse("step", "is unknown");
  return step.value_or(Step::none);
}

std::set<std::uint64_t> numbers_in(JsonMembers& members) {
  std::set<std::uint64_t> numbers;
  members.each("rolled_back", max_rolled_back, [&](const JsonValue& element, const std::string& path) {
    if (element.kind != JsonValue::Kind::number) members.refuse(path, "must be a number");
    numbers.insert(element.number);
  });
  return numbers;
}

Error unreadable(Problem problem) { return {ErrorKind::local_file, std::move(problem)}; }

}  // namespace

std::string text_of(const Installation& record) {
  JsonValue value = JsonValue::object();
  value.add("muster_updates", JsonValue::of(format));
  value.add("number", JsonValue::of(record.number));
  value.add("freshness", JsonValue::of(record.freshness));
  JsonValue& rolled_back = value.add("rolled_back", JsonValue::array());
  for (const std::uint64_t number : record.rolled_back) rolled_back.elements.push_back(JsonValue::of(number));

  value.add("step", JsonValue::of(name(record.step)));
  value.add("next", package_json(record.next));
  value.add("tries", JsonValue::of(std::uint64_t{record.tries}));
  value.add("ran_s", JsonValue::of(static_cast<std::uint64_t>(record.ran.count())));
  value.add("was_offline", JsonValue::of(record.was_offline));
  value.add("former_problem", JsonValue::of(record.former_problem));

  if (record.kept) value.add("kept", package_json(*record.kept));
  value.add("refusal", JsonValue::of(record.refusal));
  value.add("result", JsonValue::of(record.result));
  return policy::write_json(value) + "\n";
}

Result<Installation> installation_from(std::string_view text) {
  const auto value = policy::parse_json(text);
  if (!value) return fail(unreadable(value.error().message));
  Problem problem;
  JsonMembers members(*value, {}, problem);
  members.require("muster_updates");
  static_cast<void>(members.number("muster_updates", format, format, format));
  Installation record;
  record.number = members.number("number", 0, max_release_number, 0);
  record.freshness = members.time("freshness");
  record.rolled_back = numbers_in(members);

  record.step = step_in(members);
  record.next = package_in(members, "next", problem).value_or(StoredPackage());
  record.tries = static_cast<unsigned>(members.number("tries", 0, 1000, 0));
  record.ran = seconds(static_cast<seconds::rep>(members.number("ran_s", 0, max_ran, 0)));
  record.was_offline = members.boolean("was_offline", false);
  record.former_problem = members.stored_text("former_problem");

  record.kept = package_in(members, "kept", problem);
  record.refusal = members.stored_text("refusal");
  record.result = members.stored_text("result");
  if (record.step == Step::restoring && !record.kept) members.refuse("kept", "is missing");
  if (!problem.empty()) return fail(unreadable(std::move(problem)));
  return record;
}

std::string text_of(const Health& health) {
  JsonValue value = JsonValue::object();
  value.add("number", JsonValue::of(health.number));
  if (health.handshake) value.add("handshake", JsonValue::of(*health.handshake));
  value.add("problem", JsonValue::of(health.problem));
  return policy::write_json(value) + "\n";
}

Result<Health> health_from(std::string_view text) {
  const auto value = policy::parse_json(text);
  if (!value) return fail(unreadable(value.error().message));
  Problem problem;
  JsonMembers members(*value, {}, problem);
  Health health;
  health.number = members.number("number", 0, max_release_number, 0);
  if (members.has("handshake")) health.handshake = members.time("handshake");
  health.problem = members.text("problem");
  if (!problem.empty()) return fail(unreadable(std::move(problem)));
  return health;
}

}  // namespace muster::update
