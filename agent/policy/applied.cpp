#include "agent/policy/applied.h"

#include <algorithm>

#include "agent/config/locations.h"
#include "agent/config/section_name.h"
#include "agent/config/settings.h"
#include "agent/policy/policy_key.h"
#include "agent/policy/record_file.h"
#include "agent/policy/schedule_judgement.h"
#include "platform/base/text.h"
#include "platform/log.h"

namespace muster::policy {
namespace {

using beacon::Direction;

void add_location(config::Overlay& overlay, Direction direction, const PolicyLocation& location) {
  const std::string section = std::string(config::locations_root(direction)) + "\\" + location.id;
  const auto add = [&](const char* name, std::string value) {
    overlay.values.push_back({section, name, std::move(value)});
  };
  add("Protocol", location.tls ? "https" : "http");
  add("Host", location.host);
  add("Port", std::to_string(location.port));
  add("Directory", location.directory);
  if (!location.name.empty()) add("Name", location.name);

  if (!location.priority) return;
  add("AutoPriority", "False");
  add("Priority", std::to_string(*location.priority));
}

bool contains(const std::vector<PolicyLocation>& list, const PolicyLocation& location) {
  return std::find(list.begin(), list.end(), location) != list.end();
}

// What was set by hand may have changed since it was applied.
Status still_allowed(const Document& document, const InForce& loaded) {
  const auto key = policy_key(loaded.preferences);
  if (!key) return fail(key.error());
  const bool by_this_key = loaded.record.is_signed && loaded.record.key == text::hex(*key);
  if (!key->empty() && !by_this_key) return refuse("it is not signed by the key in PolicyKeyFile");
  return judge(document, loaded.by_hand, is_public_suffix);
}

// Of a policy whose list is on trial the former one, unless that is not permitted any more.
BeaconLists still_allowed_list(const InForce& loaded) {
  if (!loaded.record.trial) return {};
  Document former;
  former.beacons = loaded.record.former;
  return judge(former, loaded.by_hand, is_public_suffix) ? former.beacons : BeaconLists();
}

std::string text_of(const config::Preferences& preferences, std::string_view section, std::string_view name) {
  const auto value = preferences.get_in(section, name);
  return value && value->unknown.empty() ? value->text : std::string();
}

}  // namespace

ByHand by_hand_of(const config::Preferences& preferences) {
  ByHand by_hand;
  by_hand.machine_id = config::machine_id(preferences);
  // With an unknown variable it permits no host, rather than being unset.
  if (const auto domains = preferences.get_in(config::section::common, "AllowedBeaconDomains")) {
    by_hand.allowed_domains = text::split(domains->text, ',');
  }

  for (const Direction direction : {Direction::upload, Direction::download}) {
    for (const std::string& section : preferences.location_sections(direction)) {
      HandLocation location;
      location.direction = direction;
      location.id = *config::location_id(section, direction);

      location.host = text_of(preferences, section, "Host");
      location.tls = !text::equal_ignoring_case(text_of(preferences, section, "Protocol"), "http");
      const bool is_invalid = text::equal_ignoring_case(text_of(preferences, section, "Priority"), "invalid");
      location.never = is_invalid || location.host.empty();
      by_hand.locations.push_back(std::move(location));
    }
  }
  return by_hand;
}

config::Overlay overlay_of(const Document& document, const BeaconLists& former, const ByHand& by_hand,
                           std::string origin) {
  config::Overlay overlay;
  overlay.origin = std::move(origin);
  for (const PolicyPreference& preference : document.preferences) {
    overlay.values.push_back({"", preference.name, preference.value});
  }

  for (const Direction direction : {Direction::upload, Direction::download}) {
    const auto& list = document.beacons.of(direction);
    for (const PolicyLocation& location : list) {
      if (!by_hand.has(direction, location.id)) add_location(overlay, direction, location);
    }

    for (PolicyLocation location : former.of(direction)) {
      if (by_hand.has(direction, location.id) || contains(list, location)) continue;
      while (by_hand.has(direction, location.id) || lists(list, location.id)) location.id += "-former";
      add_location(overlay, direction, location);
    }
  }
  return overlay;
}

Result<InForce> load_in_force(const config::Sources& sources) {
  auto preferences = config::Preferences::load(sources);
  if (!preferences) return fail(preferences.error());
  const WallTime now = wall_now();
  InForce loaded{std::move(*preferences), {}, {}, {}, in_force(std::nullopt, now)};
  loaded.by_hand = by_hand_of(loaded.preferences);

  auto record = read_record(loaded.preferences.data_directory() / "state");
  if (!record) {
    loaded.lapsed = record.error().message;
    loaded.seen = record.error().kind != ErrorKind::local_file;
    log::warning("the applied policy cannot be read, so it is not in force: " + record.error().line());
    return loaded;
  }
  loaded.record = std::move(*record);
  const auto document = in_force(loaded.record);
  if (!document) return loaded;

  if (const auto allowed = still_allowed(*document, loaded); !allowed) {
    loaded.lapsed = allowed.error().message;
    log::warning("the applied policy is not in force any more: " + allowed.error().line());
    return loaded;
  }
  const BeaconLists former = still_allowed_list(loaded);
  loaded.preferences.lay_under(overlay_of(*document, former, loaded.by_hand, "policy " + name_of(loaded.record)));
  loaded.schedule = in_force(document->schedule, now);
  return loaded;
}

}  // namespace muster::policy
