#include "agent/config/protection.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "agent/config/locations.h"
#include "agent/config/proxy.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

using beacon::Direction;

constexpr std::array directions{Direction::upload, Direction::download};

Component component_of(Direction direction) {
  return direction == Direction::upload ? Component::upload : Component::download;
}

void add_new(std::vector<std::string>& list, const std::string& one) {
  if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
}

bool is(const std::optional<Value>& value, std::string_view word) {
  return value && text::equal_ignoring_case(value->text, word);
}

// Where the preference is False, for uploads and for downloads.
std::vector<std::string> origins_of_false(const Preferences& preferences, std::string_view name) {
  std::vector<std::string> origins;
  for (const Direction direction : directions) {
    const auto value = preferences.get(component_of(direction), name);
    if (is(value, "False")) add_new(origins, value->origin);
  }
  return origins;
}

void warn_of_switch(const Preferences& preferences, std::string_view name, std::string_view consequence,
                    std::vector<std::string>& warnings) {
  const auto origins = origins_of_false(preferences, name);
  if (origins.empty()) return;
  warnings.push_back(fmt::format("{} ({}=False in {}); {}", consequence, name, fmt::join(origins, ", "),
                                 name == "CheckServerCertificate" ? "set it to True" : "set it to True or BestEffort"));
}

void warn_of_clear_text(const Preferences& preferences, std::vector<std::string>& warnings) {
  std::vector<std::string> names;
  bool with_password = false;

  for (const Direction direction : directions) {
    const bool shows_identity = is(preferences.get(component_of(direction), "AddClientCertificateAndKey"), "True");
    for (const beacon::Location& location : read_locations(preferences, direction).locations) {
      if (location.tls || location.never || !(shows_identity || !location.user.empty())) continue;
      add_new(names, fmt::format("'{}'", location.id));
      with_password = with_password || !location.user.empty();
    }
  }

  if (names.empty()) return;
  warnings.push_back(
      fmt::format("files{} are sent unencrypted and without the client certificate to location {} "
                  "(Protocol=http); set Protocol=https there",
                  with_password ? " and Password" : "", fmt::join(names, ", ")));
}

// A location of uploads and one of downloads that differ in nothing here are one line.
void warn_of_unusable(const Preferences& preferences, std::vector<std::string>& warnings) {
  std::map<std::string, std::vector<std::string>> origins;  // by what is wrong
  for (const Direction direction : directions) {
    for (const UnusableLocation& location : read_locations(preferences, direction).unusable) {
      origins[location.problem() + "; " + location.remedy()].push_back(location.origin);
    }
  }
  for (const auto& [problem, places] : origins) {
    warnings.push_back(fmt::format("{}: {}", fmt::join(places, " and "), problem));
  }
}

void warn_of_evidence_proxy(const Preferences& preferences, std::vector<std::string>& warnings) {
  for (const Direction direction : directions) {
    const auto value = preferences.get(component_of(direction), "http_proxy");
    if (!value || !speaks_tls(value->text)) continue;
    add_new(warnings, fmt::format("{}: http_proxy {} is not used to fetch CRLs and OCSP answers, as it is spoken to in "
                                  "TLS; {}",
                                  value->origin, shown_proxy(value->text), tls_proxy_remedy(value->text)));
  }
}

}  // namespace

std::vector<std::string> protection_warnings(const Preferences& preferences) {
  std::vector<std::string> warnings;
  warn_of_switch(preferences, "CheckServerCertificate",
                 "server certificates are not verified, anyone can impersonate a beacon", warnings);
  warn_of_switch(preferences, "CheckCertificateRevocation", "revoked server certificates are accepted", warnings);
  warn_of_clear_text(preferences, warnings);
  warn_of_unusable(preferences, warnings);
  warn_of_evidence_proxy(preferences, warnings);
  return warnings;
}

}  // namespace muster::config
