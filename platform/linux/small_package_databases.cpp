#include <algorithm>
#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/linux/epoch.h"
#include "platform/packages.h"

namespace muster::platform {
// Lines "K:value", an empty line after each package (apk-package(5)).
Packages apk_packages(const SystemRoot& root) {
  Packages found;
  Package package;
  const auto end = [&] {
    package.kind = "apk";
    if (!package.name.empty()) found.push_back(std::move(package));
    package = {};
  };

  const auto read = [&](const std::string& path) {
    const bool is_there = root.each_line(path, [&](std::string_view line) {
      if (line.empty()) return end();
      if (line.size() < 2 || line[1] != ':') return;
      const std::string_view value = line.substr(2);
      switch (line[0]) {
        case 'P': package.name = value; break;
        case 'V': package.version = value; break;
        case 'A': package.architecture = value; break;
        case 'T': package.summary = value; break;
        case 'U': package.homepage = value; break;
        case 'L': package.license = value; break;
        case 'o': package.source = value; break;
        case 'm': package.publisher = value; break;
        case 'I': package.size = text::to_number(value); break;
        default: break;
      }
    });
    end();
    return is_there;
  };

  if (!read("lib/apk/db/installed")) read("usr/lib/apk/db/installed");
  return found;
}

// One folder for each package, with a file "desc": "%NAME%", its lines, an empty line.
Packages pacman_packages(const SystemRoot& root) {
  static constexpr std::pair<std::string_view, std::string Package::*> fields[] = {
      {"%NAME%", &Package::name},       {"%VERSION%", &Package::version},   {"%ARCH%", &Package::architecture},
      {"%DESC%", &Package::summary},    {"%URL%", &Package::homepage},      {"%BASE%", &Package::source},
      {"%LICENSE%", &Package::license}, {"%PACKAGER%", &Package::publisher}};
  const std::string folder = "var/lib/pacman/local";
  Packages found;

  for (const std::string& name : root.names(folder)) {
    Package package;
    std::string field;
    root.each_line(folder + "/" + name + "/desc", [&](std::string_view line) {
      if (line.empty()) return field.clear();
      if (field.empty()) {
        field = line;
        return;
      }

      if (field == "%SIZE%") package.size = text::to_number(line);
      if (field == "%INSTALLDATE%") package.installed = time_of(line);
      for (const auto& [word, member] : fields) {
        if (field == word && (package.*member).empty()) package.*member = line;
      }
    });
    package.kind = "pacman";
    if (!package.name.empty()) found.push_back(std::move(package));
  }
  return found;
}

// var/lib/flatpak/app/ID/ARCHITECTURE/BRANCH. The branch stands for the version, which only the application's own
// description has, in XML.
Packages flatpak_packages(const SystemRoot& root) {
  Packages found;
  for (const char* const kind : {"app", "runtime"}) {
    const std::string folder = std::string("var/lib/flatpak/") + kind;
    for (const std::string& name : root.names(folder)) {
      for (const std::string& architecture : root.names(folder + "/" + name)) {
        if (architecture == "current") continue;  // a link to one of the others

        for (const std::string& branch : root.names(folder + "/" + name + "/" + architecture)) {
          Package package;
          package.kind = "flatpak";
          package.name = name;
          package.version = branch;
          package.architecture = architecture;
          found.push_back(std::move(package));
        }
      }
    }
  }
  return found;
}

// snap/NAME/current is a link to the revision in use; meta/snap.yaml describes it.
Packages snap_packages(const SystemRoot& root) {
  Packages found;
  for (const char* const folder : {"snap", "var/lib/snapd/snap"}) {
    for (const std::string& name : root.names(folder)) {
      const std::string current = std::string(folder) + "/" + name + "/current";
      const std::string revision = root.link(current);
      if (revision.empty()) continue;

      Package package;
      package.kind = "snap";
      package.name = name;

      root.each_line(current + "/meta/snap.yaml", [&](std::string_view line) {
        if (line.starts_with("version:")) package.version = text::trim(line.substr(8));
        if (line.starts_with("summary:")) package.summary = text::trim(line.substr(8));
      });

      std::erase_if(package.version, [](char c) { return c == '"' || c == '\''; });
      if (package.version.empty()) package.version = "revision " + revision;
      found.push_back(std::move(package));
    }
    if (!found.empty()) break;  // the two are one folder where both exist
  }
  return found;
}

}  // namespace muster::platform
