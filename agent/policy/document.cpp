#include "agent/policy/document.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/config/mistake.h"
#include "agent/policy/json_members.h"
#include "agent/policy/schedule_json.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

constexpr std::uint64_t format_version = 1;
constexpr std::uint64_t max_port = 65'535;
constexpr std::uint64_t max_priority = 1'000'000;

PolicyLocation read_location(const JsonValue& value, const std::string& path, std::string_view directory,
                             Problem& problem) {
  JsonMembers members(value, path, problem);
  PolicyLocation location;
  members.require("id");
  members.require("host");
  location.id = members.text("id");
  location.name = members.text("name");
  location.host = members.text("host");
  location.port = static_cast<unsigned>(members.number("port", 1, max_port, location.port));

  location.directory = members.has("directory") ? members.text("directory") : std::string(directory);
  if (members.has("directory") && location.directory.empty()) members.refuse("directory", "is empty");

  const std::string protocol = members.text("protocol");
  if (!protocol.empty() && protocol != "https" && protocol != "http") {
    members.refuse("protocol", "must be https or http");
  }
  location.tls = protocol != "http";

  if (members.has("priority")) {
    location.priority = static_cast<unsigned>(members.number("priority", 1, max_priority, 1));
  }
  members.refuse_unknown();
  return location;
}

std::vector<PolicyLocation> read_list(JsonMembers& lists, std::string_view name, std::string_view directory,
                                      Problem& problem) {
  std::vector<PolicyLocation> locations;
  lists.each(name, max_locations, [&](const JsonValue& value, const std::string& path) {
    locations.push_back(read_location(value, path, directory, problem));
  });
  if (lists.has(name) && locations.empty()) lists.refuse(name, "has no location: each direction needs one at least");
  return locations;
}

BeaconLists read_beacons(JsonMembers& whole, Problem& problem) {
  BeaconLists beacons;
  const JsonValue* const value = whole.object("beacons");
  if (value == nullptr) return beacons;

  JsonMembers lists(*value, "beacons", problem);
  beacons.upload = read_list(lists, "upload", "ManageSoftRL", problem);
  beacons.download = read_list(lists, "download", "ManageSoftDL", problem);
  lists.refuse_unknown();
  return beacons;
}

// Numbers and booleans are written as config.ini has them.
std::vector<PolicyPreference> read_preferences(JsonMembers& whole, Problem& problem) {
  std::vector<PolicyPreference> preferences;
  const JsonValue* const value = whole.object("preferences");
  if (value == nullptr) return preferences;

  JsonMembers members(*value, "preferences", problem);
  if (value->names.size() > max_preferences) {
    whole.refuse("preferences", fmt::format("has more than {} members", max_preferences));
    return preferences;
  }

  for (const std::string& name : value->names) {
    const JsonValue& setting = *value->find(name);
    std::string text;

    if (setting.kind == JsonValue::Kind::boolean) {
      text = setting.boolean ? "True" : "False";
    } else if (setting.kind == JsonValue::Kind::number) {
      text = std::to_string(setting.number);
    } else if (setting.kind == JsonValue::Kind::text) {
      text = members.text(name);
    } else {
      members.refuse(config::excerpt(name), "must be a string, a whole number, true or false");
    }

    preferences.push_back({name, std::move(text)});
  }
  return preferences;
}

std::string read_agent_version(JsonMembers& whole, Problem& problem) {
  const JsonValue* const value = whole.object("agent");
  if (value == nullptr) return {};

  JsonMembers agent(*value, "agent", problem);
  agent.require("version");
  std::string version = agent.text("version");
  agent.refuse_unknown();
  return version;
}

JsonValue json_of(const PolicyLocation& location) {
  JsonValue value = JsonValue::object();
  value.add("id", JsonValue::of(location.id));
  value.add("host", JsonValue::of(location.host));
  value.add("port", JsonValue::of(std::uint64_t{location.port}));
  value.add("directory", JsonValue::of(location.directory));
  value.add("protocol", JsonValue::of(std::string_view(location.tls ? "https" : "http")));
  if (!location.name.empty()) value.add("name", JsonValue::of(location.name));
  if (location.priority) value.add("priority", JsonValue::of(std::uint64_t{*location.priority}));
  return value;
}

JsonValue json_of(const BeaconLists& beacons) {
  JsonValue value = JsonValue::object();
  for (const auto direction : {beacon::Direction::upload, beacon::Direction::download}) {
    if (beacons.of(direction).empty()) continue;
    JsonValue& list = value.add(beacon::name(direction), JsonValue::array());
    for (const PolicyLocation& location : beacons.of(direction)) list.elements.push_back(json_of(location));
  }
  return value;
}

}  // namespace

bool lists(const std::vector<PolicyLocation>& locations, std::string_view id) {
  return std::any_of(locations.begin(), locations.end(),
                     [&](const PolicyLocation& location) { return text::equal_ignoring_case(location.id, id); });
}

Result<Document> read_document(std::string_view text) {
  if (text.size() > max_document_size) return refuse(fmt::format("it has more than {} bytes", max_document_size));
  const auto value = parse_json(text);
  if (!value) return fail(value.error());

  Problem problem;
  JsonMembers members(*value, {}, problem);
  members.require("muster_policy");
  members.number("muster_policy", format_version, format_version, format_version);

  Document document;
  if (members.has("number")) document.number = members.number("number", 1, max_exact_number, 1);
  document.device = members.text("device");
  document.beacons = read_beacons(members, problem);
  document.preferences = read_preferences(members, problem);
  if (members.has("schedule")) document.schedule = read_schedule(members, problem);
  document.agent_version = read_agent_version(members, problem);
  members.refuse_unknown();

  if (!problem.empty()) return refuse(std::move(problem));
  return document;
}

std::string write_document(const Document& document) {
  JsonValue value = JsonValue::object();
  value.add("muster_policy", JsonValue::of(format_version));
  if (document.number) value.add("number", JsonValue::of(*document.number));
  if (!document.device.empty()) value.add("device", JsonValue::of(document.device));
  if (!document.beacons.empty()) value.add("beacons", json_of(document.beacons));

  if (!document.preferences.empty()) {
    JsonValue& preferences = value.add("preferences", JsonValue::object());
    for (const PolicyPreference& one : document.preferences) preferences.add(one.name, JsonValue::of(one.value));
  }
  if (document.schedule) value.add("schedule", schedule_json(*document.schedule));
  if (!document.agent_version.empty()) {
    value.add("agent", JsonValue::object()).add("version", JsonValue::of(document.agent_version));
  }
  return write_json(value);
}

}  // namespace muster::policy
