#include "platform/operating_system.h"

#include <sys/utsname.h>

#include <array>
#include <ctime>
#include <map>

#include "platform/base/text.h"
#include "platform/host.h"
#include "platform/linux/epoch.h"
#include "platform/linux/words.h"

namespace muster::platform {
namespace {

using Assignments = std::map<std::string, std::string, std::less<>>;

// A value of a shell assignment without its quotes and backslashes.
std::string unquoted(std::string_view value) {
  std::string plain;
  const char quote = value.empty() ? '\0' : value.front();
  const bool quoted = value.size() >= 2 && (quote == '"' || quote == '\'') && value.back() == quote;
  if (quoted) value = value.substr(1, value.size() - 2);

  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && quote == '"' && i + 1 < value.size()) ++i;
    plain += value[i];
  }
  return plain;
}

Assignments assignments(const SystemRoot& root, const std::string& path) {
  Assignments found;
  root.each_line(path, [&](std::string_view line) {
    line = text::trim(line);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || line.front() == '#') return;
    found.emplace(line.substr(0, equals), unquoted(line.substr(equals + 1)));
  });
  return found;
}

std::string value_of(const Assignments& assignments, std::string_view name) {
  const auto found = assignments.find(name);
  return found == assignments.end() ? std::string() : found->second;
}

// The point release: debian_version has "12.11" or, of a release to come, "trixie/sid".
std::string exact_version(const SystemRoot& root, const OperatingSystem& system) {
  if (system.id != "debian") return system.version_id;
  const std::string exact = root.line("etc/debian_version");
  const bool fits = !system.version_id.empty() && exact.starts_with(system.version_id + ".");
  return fits ? exact : system.version_id;
}

std::optional<WallTime> boot_time(const SystemRoot& root) {
  std::optional<WallTime> booted;
  root.each_line("proc/stat", [&](std::string_view line) {
    if (!line.starts_with("btime ")) return;
    booted = time_of(text::trim(line.substr(6)));
  });
  return booted;
}

void add_timezone(const SystemRoot& root, OperatingSystem& system) {
  constexpr std::string_view zones = "zoneinfo/";
  const std::string link = root.link("etc/localtime");
  const std::size_t start = link.find(zones);
  system.timezone = start == std::string::npos ? root.line("etc/timezone") : link.substr(start + zones.size());
  if (system.timezone.starts_with("Etc/")) system.timezone.erase(0, 4);
  if (system.timezone.empty()) system.timezone = "UTC";
  if (!root.live()) return;

  const std::time_t now = std::chrono::system_clock::to_time_t(wall_now());
  std::tm local{};
  std::array<char, 8> offset{};
  if (::localtime_r(&now, &local) != nullptr && std::strftime(offset.data(), offset.size(), "%z", &local) > 0) {
    system.timezone_offset = offset.data();
  }
}

void add_kernel(const SystemRoot& root, OperatingSystem& system) {
  utsname names{};
  if (root.live() && ::uname(&names) == 0) {
    system.kernel = names.release;
    system.architecture = names.machine;
    return;
  }
  system.kernel = root.line("proc/sys/kernel/osrelease");
  system.architecture = root.line("proc/sys/kernel/arch");
}

void add_names(const SystemRoot& root, OperatingSystem& system) {
  system.host_name = root.live() ? host_name() : root.line("etc/hostname");
  if (const std::size_t dot = system.host_name.find('.'); dot != std::string::npos) {
    system.domain = system.host_name.substr(dot + 1);
    system.host_name.erase(dot);
  }
  if (!system.domain.empty()) return;

  // "127.0.1.1 device.example.com device", as installers write it.
  root.each_line("etc/hosts", [&](std::string_view line) {
    for (const std::string& name : words_of(line.substr(0, line.find('#')))) {
      if (name.starts_with(system.host_name + ".") && system.domain.empty()) {
        system.domain = name.substr(system.host_name.size() + 1);
      }
    }
  });
}

}  // namespace

std::string assigned_value(const SystemRoot& root, const std::string& path, const std::string& name) {
  return value_of(assignments(root, path), name);
}

OperatingSystem operating_system(const SystemRoot& root) {
  const bool usual = root.exists("etc/os-release");
  const Assignments release = assignments(root, usual ? "etc/os-release" : "usr/lib/os-release");

  OperatingSystem system;
  system.id = value_of(release, "ID");
  system.name = value_of(release, "NAME");
  system.full_name = value_of(release, "PRETTY_NAME");
  system.version_id = value_of(release, "VERSION_ID");
  system.version = exact_version(root, system);
  system.cpe = value_of(release, "CPE_NAME");
  if (system.name.empty()) system.name = "Linux";
  system.kernel_name = "linux";

  add_kernel(root, system);
  add_names(root, system);
  add_timezone(root, system);
  system.booted = boot_time(root);

  // What installers make first and never touch again. Images may be built with all times set to zero.
  for (const char* const made_first : {"lost+found", "etc/machine-id"}) {
    const auto made = root.modified(made_first);
    if (!system.installed && made && *made > WallTime(seconds(86'400))) system.installed = made;
  }
  return system;
}

std::string machine_id(const SystemRoot& root) { return root.line("etc/machine-id"); }

}  // namespace muster::platform
