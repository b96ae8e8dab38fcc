#include "platform/services.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {
namespace {

// Earlier folders hide units of the same name in later ones (systemd.unit(5)).
constexpr std::array unit_folders{"etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system",
                                  "usr/lib/systemd/system", "lib/systemd/system"};
constexpr std::array cgroups{"sys/fs/cgroup/system.slice/", "sys/fs/cgroup/systemd/system.slice/",
                             "sys/fs/cgroup/unified/system.slice/"};

// Units that a target, or another unit, wants: links in folders such as multi-user.target.wants.
std::set<std::string> wanted_units(const SystemRoot& root) {
  std::set<std::string> wanted;
  for (const std::string folder : {"etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"}) {
    for (const std::string& name : root.names(folder)) {
      if (!name.ends_with(".wants") && !name.ends_with(".requires")) continue;
      for (const std::string& unit : root.names(folder + "/" + name)) wanted.insert(unit);
    }
  }
  return wanted;
}

// Members of [Unit] and [Install] that matter.
struct UnitFile {
  std::string description;
  bool installable = false;  // something can enable it
};

UnitFile unit_file(const SystemRoot& root, const std::string& path) {
  UnitFile unit;
  root.each_line(path, [&](std::string_view line) {
    if (line.starts_with("Description=")) unit.description = text::trim(line.substr(12));
    if (line.starts_with("[Install]")) unit.installable = true;
  });
  return unit;
}

std::string prefix_of(const std::string& unit) { return unit.substr(0, unit.find('@')); }

// "getty@tty1.service" is an instance of the template "getty@.service": its name for the latter is "tty1".
std::string instance_of(const std::string& unit) {
  const std::size_t at = unit.find('@');
  return at == std::string::npos ? std::string() : unit.substr(at + 1, unit.rfind('.') - at - 1);
}

std::string template_of(const std::string& unit) { return prefix_of(unit) + "@" + unit.substr(unit.rfind('.')); }

// "dev-sd\\x61" stands for "dev/sda" (systemd-escape(1)).
std::string unescaped(std::string_view name) {
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i + 3 < name.size() && name[i] == '\\' && name[i + 1] == 'x') {
      plain += static_cast<char>(std::strtoul(std::string(name.substr(i + 2, 2)).c_str(), nullptr, 16));
      i += 3;
      continue;
    }
    plain += name[i] == '-' ? '/' : name[i];
  }
  return plain;
}

// The description of a template with its specifiers replaced by those of an instance (systemd.unit(5)).
std::string description_for(const std::string& instance, std::string_view description) {
  std::string text;
  for (std::size_t i = 0; i < description.size(); ++i) {
    const char next = description[i] == '%' && i + 1 < description.size() ? description[i + 1] : '\0';
    if (next != 'i' && next != 'I' && next != '%') {
      text += description[i];
      continue;
    }

    text += next == '%' ? "%" : next == 'i' ? instance : unescaped(instance);
    ++i;
  }
  return text;
}

std::string start_of(const SystemRoot& root, const std::string& path, const UnitFile& unit, bool wanted) {
  if (root.link(path) == "/dev/null") return "masked";
  if (wanted) return "enabled";
  return unit.installable ? "disabled" : "static";
}

// The instances of a template share a slice: "system-wg\\x2dquick.slice/". Empty for other units.
std::string slice_of_instances(const std::string& name) {
  if (instance_of(name).empty()) return {};
  std::string prefix = prefix_of(name);
  for (std::size_t at = prefix.find('-'); at != std::string::npos; at = prefix.find('-', at)) {
    prefix.replace(at, 1, "\\x2d");
  }
  return "system-" + prefix + ".slice/";
}

bool is_running(const SystemRoot& root, const std::string& name) {
  const std::string place = slice_of_instances(name) + name;
  return std::any_of(cgroups.begin(), cgroups.end(), [&](const char* cgroup) {
    const std::string folder = cgroup + place;
    if (!root.exists(folder)) return false;
    const std::string events = root.read(folder + "/cgroup.events").value_or("populated 1");
    return events.find("populated 1") != std::string::npos;
  });
}

// What is linked into a run level, "S01nginx" in rc2.d, is started.
std::vector<SystemService> init_scripts(const SystemRoot& root) {
  std::set<std::string> started;
  for (const std::string level :
       {"etc/rc2.d", "etc/rc3.d", "etc/rc5.d", "etc/runlevels/default", "etc/runlevels/boot"}) {
    for (const std::string& name : root.names(level)) {
      const bool numbered = name.size() > 3 && name[0] == 'S' && text::to_number(name.substr(1, 2));
      started.insert(numbered ? name.substr(3) : name);
    }
  }

  std::vector<SystemService> found;
  for (const std::string& name : root.names("etc/init.d")) {
    if (name == "README" || name == "skeleton" || name == "functions" || name == "functions.sh") continue;
    found.push_back({name, {}, started.contains(name) ? "enabled" : "disabled", false});
  }
  return found;
}

// The file of an instance: its own, or else that of its template. Empty: there is neither.
std::string path_of_instance(const SystemRoot& root, const std::string& name) {
  for (const std::string& file : {name, template_of(name)}) {
    for (const std::string folder : unit_folders) {
      std::string path = folder + "/" + file;
      if (root.exists(path) || !root.link(path).empty()) return path;
    }
  }
  return {};
}

// Instances of templates are services where something wants them; their files are those of the templates.
void add_instances(const SystemRoot& root, const std::set<std::string>& wanted,
                   std::map<std::string, SystemService>& units) {
  for (const std::string& name : wanted) {
    const std::string instance = instance_of(name);
    if (!name.ends_with(".service") || instance.empty()) continue;
    const std::string path = path_of_instance(root, name);
    if (path.empty()) continue;

    const UnitFile unit = unit_file(root, path);
    units.emplace(name, SystemService{name, description_for(instance, unit.description),
                                      start_of(root, path, unit, true), root.live() && is_running(root, name)});
  }
}

}  // namespace

std::vector<SystemService> system_services(const SystemRoot& root) {
  const std::set<std::string> wanted = wanted_units(root);
  std::map<std::string, SystemService> units;

  for (const std::string folder : unit_folders) {
    for (const std::string& name : root.names(folder)) {
      if (!name.ends_with(".service") || units.contains(name)) continue;
      if (name.find('@') != std::string::npos) continue;  // a template, or an instance of one
      const std::string path = folder + "/" + name;
      const std::string link = root.link(path);
      if (!link.empty() && link != "/dev/null" && !link.ends_with("/" + name) && link != name) continue;  // an alias

      const UnitFile unit = unit_file(root, path);
      units.emplace(name, SystemService{name, unit.description, start_of(root, path, unit, wanted.contains(name)),
                                        root.live() && is_running(root, name)});
    }
  }
  add_instances(root, wanted, units);
  if (units.empty()) return init_scripts(root);

  std::vector<SystemService> found;
  found.reserve(units.size());
  for (auto& [name, service] : units) found.push_back(std::move(service));
  return found;
}

}  // namespace muster::platform
