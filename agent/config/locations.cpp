#include "agent/config/locations.h"

#include <fmt/core.h>

#include <iterator>
#include <memory>

#include "agent/config/host_name.h"
#include "agent/config/no_proxy.h"
#include "agent/config/proxy.h"
#include "agent/config/section_name.h"
#include "agent/config/settings.h"
#include "agent/config/table/value_check.h"
#include "platform/base/text.h"
#include "platform/password_file.h"
#include "platform/private_file.h"

namespace muster::config {
namespace {

using Problem = std::optional<std::string>;

// Reads one section and collects its mistakes.
class LocationReader {
 public:
  LocationReader(const Preferences& preferences, std::string section, Mistakes& mistakes)
      : preferences_(preferences), section_(std::move(section)), mistakes_(mistakes), before_(mistakes.size()) {}

  std::string text(std::string_view name) {
    const auto value = preferences_.get_in(section_, name);
    if (!value) return {};
    const Preference* const preference = find_preference(name);
    if (!value->unknown.empty()) {
      complain(name, value->origin, fmt::format("{} refers to {}, which has no value", name, value->unknown));
      return {};
    }
    if (const auto wrong = check_value(*preference, value->text)) {
      mistakes_.push_back({value->origin, wrong->text, wrong->remedy + " in [" + section_ + "]"});
      return {};
    }
    return value->text;
  }

  // Also complains when there is none. `example` is what it usually is.
  std::string mandatory(std::string_view name, std::string_view example) {
    if (preferences_.get_in(section_, name)) return text(name);
    mistakes_.push_back({preferences_.origin_of_section(section_),
                         fmt::format("location [{}] has no {}", section_, name),
                         fmt::format("add {}={}", name, example)});
    return {};
  }

  // Complains of what `judge` says about a value that is there.
  std::string judged(std::string_view name, std::string value, Problem (*judge)(std::string_view)) {
    const Problem problem = value.empty() ? std::nullopt : judge(value);
    if (!problem) return value;
    complain(name, preferences_.get_in(section_, name)->origin, fmt::format("{} must {}", name, *problem));
    return {};
  }

  // Where a file, or a credential, that is meant to hold a password cannot be read.
  void unreadable(std::string_view name, const Error& error) {
    const auto set = preferences_.get_in(section_, name);
    mistakes_.push_back({set ? set->origin : preferences_.origin_of_section(section_),
                         fmt::format("{}: {}", name, error.message), error.remedy});
  }

  void contradicts(std::string_view name, std::string_view other) {
    complain(name, preferences_.get_in(section_, name)->origin, fmt::format("{} and {} are both set", name, other));
  }

  bool good() const { return mistakes_.size() == before_; }

 private:
  void complain(std::string_view name, std::string origin, std::string what) {
    mistakes_.push_back({std::move(origin), std::move(what), fmt::format("correct {} in [{}]", name, section_)});
  }

  const Preferences& preferences_;
  std::string section_;
  Mistakes& mistakes_;
  std::size_t before_;
};

std::string without_brackets(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string_view inside = bracketed ? host.substr(1, host.size() - 2) : host;
  return std::string(looks_like_ipv6(inside) ? inside : host);
}

// RFC 7617, 2: a colon would move the rest of the user into the password.
Problem judge_user(std::string_view user) {
  if (user.find(':') == std::string_view::npos) return std::nullopt;
  return "not contain ':'";
}

void add_proxy_password(LocationReader& reader, const Preferences& preferences, Component component,
                        std::string& proxy) {
  auto full = with_proxy_password(proxy, preferences, component);
  if (!full) return reader.unreadable("ProxyPasswordFile", full.error());
  proxy = std::move(*full);
}

void read_proxy(LocationReader& reader, const Preferences& preferences, Component component,
                beacon::Location& location) {
  const std::string own = reader.text("Proxy");
  if (!own.empty()) {
    location.proxy = proxy_url(own);
    return add_proxy_password(reader, preferences, component, location.proxy);
  }

  const std::string name = location.tls ? "https_proxy" : "http_proxy";
  const auto common = preferences.get(component, name);
  if (!common || !common->unknown.empty()) return;
  const auto exceptions = preferences.get(component, "no_proxy");
  if (exceptions && goes_without_proxy(location.host, location.port, exceptions->text)) return;
  location.proxy = proxy_url(common->text);
  location.proxy_setting = fmt::format("{} ({})", name, common->origin);
  add_proxy_password(reader, preferences, component, location.proxy);
}

// In the preferences, in a file of its own, or handed over by systemd.
std::shared_ptr<const Secret> read_location_password(LocationReader& reader, const std::string& id) {
  std::string password = reader.text("Password");
  std::filesystem::path file = reader.text("PasswordFile");
  if (!password.empty() && !file.empty()) {
    reader.contradicts("PasswordFile", "Password");
    return nullptr;
  }
  if (!password.empty()) return std::make_shared<const Secret>(std::move(password));

  const bool is_set = !file.empty();
  if (!is_set && id.find('/') == std::string::npos) file = platform::credential("muster.password." + id);
  if (file.empty()) return nullptr;
  auto read = platform::read_password_file(file);
  if (read) return std::make_shared<const Secret>(std::move(*read));
  reader.unreadable(is_set ? "PasswordFile" : "credential", read.error());
  return nullptr;
}

beacon::Location read_location(LocationReader& reader, const Preferences& preferences, Component component,
                               const std::string& id) {
  beacon::Location location;
  location.tls = !text::equal_ignoring_case(reader.mandatory("Protocol", "https"), "http");
  location.host = without_brackets(reader.judged("Host", reader.mandatory("Host", "beacon.example.com"), wrong_host));
  location.port = static_cast<unsigned>(text::to_number(reader.mandatory("Port", "443")).value_or(0));
  location.directory = beacon::normal_directory(reader.judged(
      "Directory", reader.mandatory("Directory", component == Component::upload ? "ManageSoftRL" : "ManageSoftDL"),
      wrong_directory));

  location.name = reader.text("Name");
  location.user = reader.judged("User", reader.text("User"), judge_user);
  location.password = read_location_password(reader, id);
  read_proxy(reader, preferences, component, location);
  location.auto_priority = !text::equal_ignoring_case(reader.text("AutoPriority"), "False");

  const std::string priority = reader.text("Priority");
  location.never = text::equal_ignoring_case(priority, "invalid");
  if (const auto place = text::to_number(priority)) location.priority = static_cast<unsigned>(*place);
  return location;
}

// A wrong proxy of all locations is one mistake, and it is reported once.
void check_common_proxies(const Preferences& preferences, Component component, Mistakes& mistakes) {
  for (const std::string_view name : {"http_proxy", "https_proxy", "no_proxy"}) {
    const auto value = preferences.get(component, name);
    if (!value) continue;

    if (!value->unknown.empty()) {
      mistakes.push_back({value->origin, fmt::format("{} refers to {}, which has no value", name, value->unknown),
                          fmt::format("set {}", name)});
    } else if (const auto wrong = check_value(*find_preference(name), value->text)) {
      mistakes.push_back({value->origin, wrong->text, wrong->remedy});
    }
  }
}

// "fe80::1%eth0", RFC 4007.
bool has_zone(std::string_view host) {
  const std::size_t zone = host.find('%');
  std::string_view address = host.substr(0, zone);
  if (address.starts_with('[')) address.remove_prefix(1);
  return zone != std::string_view::npos && looks_like_ipv6(address);
}

}  // namespace

std::optional<std::string> wrong_host(std::string_view host) {
  const std::string shown = excerpt(host);
  const std::size_t colon = host.find(':');
  if (looks_like_ipv6(without_brackets(host))) return std::nullopt;

  if (has_zone(host)) {
    return fmt::format(
        "not have a zone ('{}'): a link-local address belongs to one link; use a name or another address", shown);
  }
  if (host.find("//") != std::string_view::npos) {
    return fmt::format("be a host name, not a URL ('{}'); use Protocol, Host, Port and Directory for its parts", shown);
  }
  if (colon != std::string_view::npos) {
    return fmt::format("not contain a port ('{}'); put {} into Port", shown, excerpt(host.substr(colon + 1)));
  }

  if (host.size() > longest_host_name) return fmt::format("have 253 characters at most ('{}')", shown);
  if (is_host_name(host)) return std::nullopt;
  return fmt::format("be a host name or IP address, not '{}' (write international names in xn-- form)", shown);
}

std::optional<std::string> wrong_directory(std::string_view directory) {
  const std::string shown = excerpt(directory);
  if (directory.find("://") != std::string_view::npos) {
    return fmt::format("be a path such as ManageSoftRL, not a URL ('{}')", shown);
  }
  if (directory.find_first_of("\\?#\"'") != std::string_view::npos) {
    return fmt::format("not contain \\, ?, # or quotes ('{}')", shown);
  }

  for (const std::string& part : text::split(directory, '/')) {
    if (part == "." || part == "..") return fmt::format("not contain the part '{}' ('{}')", part, shown);
  }
  return std::nullopt;
}

ReadLocations read_locations(const Preferences& preferences, beacon::Direction direction) {
  const Component component = direction == beacon::Direction::upload ? Component::upload : Component::download;
  ReadLocations result;
  result.mistakes = preferences.duplicate_locations(direction);

  for (const std::string& section : preferences.location_sections(direction)) {
    LocationReader reader(preferences, section, result.mistakes);
    std::string id = *location_id(section, direction);
    beacon::Location location = read_location(reader, preferences, component, id);
    location.id = std::move(id);
    location.origin = preferences.origin_of_section(section);

    if (!reader.good()) continue;
    if (speaks_tls(location.proxy)) {
      result.unusable.push_back({location.id, location.origin, location.proxy});
    } else {
      result.locations.push_back(std::move(location));
    }
  }
  return result;
}

Mistakes mistakes_of(const std::vector<UnusableLocation>& unusable) {
  Mistakes mistakes;
  for (const UnusableLocation& one : unusable) mistakes.push_back({one.origin, one.problem(), one.remedy()});
  return mistakes;
}

std::string UnusableLocation::problem() const {
  return fmt::format(
      "location '{}' is not used: its proxy {} is spoken to in TLS, and would be shown the device's "
      "certificate",
      id, shown_proxy(proxy));
}

std::string UnusableLocation::remedy() const { return tls_proxy_remedy(proxy); }

Result<beacon::Locations> locations(const Preferences& preferences, beacon::Direction direction) {
  const Component component = direction == beacon::Direction::upload ? Component::upload : Component::download;
  ReadLocations read = read_locations(preferences, direction);
  check_common_proxies(preferences, component, read.mistakes);
  if (!read.mistakes.empty()) return fail(error_of(read.mistakes));
  if (!read.locations.empty()) return std::move(read.locations);
  if (!read.unusable.empty()) return fail(error_of(mistakes_of(read.unusable)));
  return fail(
      ErrorKind::preference,
      fmt::format("no {} location is configured in {}", beacon::name(direction), preferences.file().string()),
      fmt::format("add a section [{}\\NAME] with Protocol, Host, Port and Directory", locations_root(direction)));
}

}  // namespace muster::config
