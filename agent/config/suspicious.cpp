#include "agent/config/suspicious.h"

#include <fmt/core.h>

#include "agent/config/locations.h"
#include "agent/config/no_proxy.h"
#include "platform/base/text.h"
#include "platform/file_kind.h"

namespace muster::config {
namespace {

constexpr unsigned http_port = 80;
constexpr unsigned https_port = 443;

// "path ; comment": comments have lines of their own, so that this one is part of the value.
bool has_comment(const Preference& preference, std::string_view value) {
  if (preference.type != ValueType::text && preference.type != ValueType::path) return false;
  for (const std::string_view mark : {" ;", "\t;", " #", "\t#"}) {
    if (value.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

void find_comments(const Preferences& preferences, std::vector<std::string>& found) {
  for (const ListedValue& row : preferences.list()) {
    const Preference* const preference = find_preference(row.name);
    if (preference == nullptr || !has_comment(*preference, row.value)) continue;
    found.push_back(fmt::format("{}: the comment behind {} is part of its value; put comments on a line of their own",
                                row.origin, row.name));
  }
}

void find_swapped_ports(const Preferences& preferences, std::vector<std::string>& found) {
  for (const auto direction : {beacon::Direction::upload, beacon::Direction::download}) {
    for (const beacon::Location& location : read_locations(preferences, direction).locations) {
      const unsigned port_of_other = location.tls ? http_port : https_port;
      if (location.port != port_of_other) continue;
      found.push_back(fmt::format("{}: location '{}' uses {} on port {}, the usual port of {}; check Protocol and Port",
                                  location.origin, location.id, location.tls ? "https" : "http", location.port,
                                  location.tls ? "http" : "https"));
    }
  }
}

void find_useless_exceptions(const Preferences& preferences, std::vector<std::string>& found) {
  const auto exceptions = preferences.get(Component::common, "no_proxy");
  if (!exceptions) return;
  for (const std::string& entry : useless_exceptions(exceptions->text)) {
    found.push_back(fmt::format("{}: the entry '{}' of no_proxy can never match; write a name, an address or a network",
                                exceptions->origin, excerpt(entry)));
  }
}

void find_readable_passwords(const Preferences& preferences, std::vector<std::string>& found) {
  if (!platform::readable_by_others(preferences.file())) return;
  for (const ListedValue& row : preferences.list()) {
    const Preference* const preference = find_preference(row.name);
    const bool set_in_file = row.value == "(set)" && row.origin.starts_with(preferences.file().string() + ":");
    if (preference == nullptr || preference->type != ValueType::secret || !set_in_file) continue;
    found.push_back(fmt::format("{}: {} can be read by every user; run: chmod 0640 {}", row.origin, row.name,
                                preferences.file().string()));
  }
}

}  // namespace

std::vector<std::string> suspicious_values(const Preferences& preferences) {
  std::vector<std::string> found;
  find_comments(preferences, found);
  find_swapped_ports(preferences, found);
  find_useless_exceptions(preferences, found);
  find_readable_passwords(preferences, found);
  return found;
}

}  // namespace muster::config
