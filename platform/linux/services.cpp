#include "platform/services.h"

#include <algorithm>
#include <array>
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

std::string start_of(const SystemRoot& root, const std::string& path, const UnitFile& unit, bool wanted) {
  if (root.link(path) == "/dev/null") return "masked";
  if (wanted) return "enabled";
  return unit.installable ? "disabled" : "static";
}

bool is_running(const SystemRoot& root, const std::string& name) {
  return std::any_of(cgroups.begin(), cgroups.end(), [&](const char* cgroup) {
    const std::string folder = cgroup + name;
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

}  // namespace

std::vector<SystemService> system_services(const SystemRoot& root) {
  const std::set<std::string> wanted = wanted_units(root);
  std::map<std::string, SystemService> units;

  for (const std::string folder : unit_folders) {
    for (const std::string& name : root.names(folder)) {
      if (!name.ends_with(".service") || units.contains(name)) continue;
      if (name.find('@') != std::string::npos) continue;  // a template: its instances are other names
      const std::string path = folder + "/" + name;
      const std::string link = root.link(path);
      if (!link.empty() && link != "/dev/null" && !link.ends_with("/" + name) && link != name) continue;  // an alias

      const UnitFile unit = unit_file(root, path);
      units.emplace(name, SystemService{name, unit.description, start_of(root, path, unit, wanted.contains(name)),
                                        root.live() && is_running(root, name)});
    }
  }
  if (units.empty()) return init_scripts(root);

  std::vector<SystemService> found;
  found.reserve(units.size());
  for (auto& [name, service] : units) found.push_back(std::move(service));
  return found;
}

}  // namespace muster::platform
