#include "agent/inventory/glpi_system.h"

#include <iterator>
#include <utility>

#include "agent/inventory/database_services.h"
#include "platform/accounts.h"
#include "platform/firewall.h"
#include "platform/operating_system.h"
#include "platform/services.h"

namespace muster::inventory {
namespace {

std::string date_of(const std::optional<WallTime>& time) { return time ? iso_date(*time) : std::string(); }

// Maintainers are written as "Name <address>": the address is of no use in an inventory.
std::string without_address(const std::string& publisher) {
  const std::size_t address = publisher.find(" <");
  return address == 0 ? publisher : publisher.substr(0, address);
}

Group software_group(const platform::Packages& packages) {
  Group group{"softwares", {}, false};
  group.records.reserve(packages.size());
  for (const platform::Package& package : packages) group.records.push_back(glpi_software(package));
  return group;
}

}  // namespace

std::string glpi_time(WallTime time) {
  constexpr std::size_t size = sizeof "2026-11-23 13:24:04" - 1;
  return iso8601(time).substr(0, size);
}

Finding glpi_operating_system(const platform::SystemRoot& root) {
  const platform::OperatingSystem system = platform::operating_system(root);
  Record record;
  record.add("name", system.name);
  record.add("full_name", system.full_name);
  record.add("version", system.version);

  record.add("edition", system.edition);  // not part of the public format
  record.add("kernel_name", system.kernel_name);
  record.add("kernel_version", system.kernel);
  record.add("arch", system.architecture);
  record.add("dns_domain", system.domain);
  record.add("fqdn", system.domain.empty() ? system.host_name : system.host_name + "." + system.domain);
  record.add("boot_time", system.booted ? glpi_time(*system.booted) : std::string()).changing();
  record.add("install_date", date_of(system.installed));

  if (!system.timezone_offset.empty()) {  // the format wants both
    Record timezone;
    timezone.add("name", system.timezone).add("offset", system.timezone_offset);
    record.add_record("timezone", std::move(timezone));
  }
  return {{{"operatingsystem", {std::move(record)}, true}}, {}};
}

Record glpi_software(const platform::Package& package) {
  Record record;
  record.add("name", package.name);
  record.add("version", package.version);
  record.add("arch", package.architecture);
  record.add("from", package.kind);
  record.add("publisher", without_address(package.publisher));
  record.add("comments", package.summary);

  record.add("url_info_about", package.homepage);
  record.add("system_category", package.category);
  record.add("guid", package.guid);
  record.add("username", package.user);
  record.add("filesize", package.size);
  record.add("install_date", date_of(package.installed));
  return record;
}

platform::Packages all_packages(const platform::SystemRoot& root, std::vector<std::string>& notes) {
  platform::Packages all = platform::dpkg_packages(root);
  const auto add = [&](platform::Packages more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };

  add(platform::apk_packages(root));
  add(platform::pacman_packages(root));
  add(platform::flatpak_packages(root));
  add(platform::snap_packages(root));

  add(platform::registered_programs(root));
  add(platform::app_packages(root));
  add(platform::system_updates(root));
  if (auto packages = platform::rpm_packages(root)) {
    add(std::move(*packages));
  } else {
    notes.push_back("section software: the RPM packages are missing: " + packages.error().line());
  }
  return all;
}

Finding glpi_softwares(const platform::SystemRoot& root) {
  Finding finding;
  const platform::Packages packages = all_packages(root, finding.notes);
  finding.groups.push_back(software_group(packages));
  return finding;
}

Finding glpi_languages(const platform::SystemRoot& root) {
  return {{software_group(platform::language_packages(root))}, {}};
}

// Not part of the public format, which allows further keys.
Finding glpi_services(const platform::SystemRoot& root) {
  Group group{"services", {}, false};
  const auto services = platform::system_services(root);
  for (const platform::SystemService& service : services) {
    Record record;
    record.add("name", service.name);
    record.add("description", service.description);
    record.add("startmode", service.start);
    record.add("status", root.live() ? (service.running ? "running" : "stopped") : "").changing();
    group.records.push_back(std::move(record));
  }

  Group firewalls{"firewalls", {}, false};
  for (const platform::Firewall& firewall : platform::firewalls(root, services)) {
    Record record;
    record.add("profile", firewall.name).add("status", firewall.is_on ? "on" : "off");
    firewalls.records.push_back(std::move(record));
  }
  return {{std::move(group), std::move(firewalls)}, {}};
}

Finding glpi_users(const platform::SystemRoot& root) {
  Group users{"local_users", {}, false};
  for (const platform::LocalUser& user : platform::local_users(root)) {
    Record record;
    record.add("login", user.login).add("id", user.id).add("name", user.name).add("home", user.home);
    users.records.push_back(std::move(record.add("shell", user.shell)));
  }

  Group groups{"local_groups", {}, false};
  for (const platform::LocalGroup& group : platform::local_groups(root)) {
    Record record;
    record.add("name", group.name).add("id", group.id).add_list("members", group.members);
    groups.records.push_back(std::move(record));
  }

  Group logged_in{"users", {}, false};
  for (const std::string& login : platform::logged_in_users(root)) {
    logged_in.records.push_back(std::move(Record().add("login", login).changing()));
  }
  return {{std::move(users), std::move(groups), std::move(logged_in)}, {}};
}

Finding glpi_databases(const platform::SystemRoot& root) {
  Group group{"databases_services", {}, false};
  for (const DatabaseService& service : database_services(root)) {
    Record record;

    record.add("type", service.product);
    record.add("name", service.instance.empty() ? service.product : service.instance);
    record.add("version", service.version.empty() ? "unknown" : service.version);  // the schema requires one
    record.add("manufacturer", service.manufacturer);
    record.add("port", service.port);
    record.add("path", service.executable);
    record.add_flag("is_active", true);
    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

}  // namespace muster::inventory
