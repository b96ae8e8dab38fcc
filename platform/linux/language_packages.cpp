#include <string_view>

#include "platform/base/text.h"
#include "platform/packages.h"

namespace muster::platform {
namespace {

void add_package(const char* kind, std::string name, std::string version, Packages& found) {
  if (name.empty()) return;
  Package package;
  package.kind = kind;
  package.name = std::move(name);
  package.version = std::move(version);
  found.push_back(std::move(package));
}

// Core metadata of Python packages: header lines up to the first empty one (PEP 566).
void add_python_package(const SystemRoot& root, const std::string& file, Packages& found) {
  std::string name;
  std::string version;
  bool in_header = true;
  root.each_line(file, [&](std::string_view line) {
    if (text::trim(line).empty()) in_header = false;
    if (in_header && line.starts_with("Name:")) name = text::trim(line.substr(5));
    if (in_header && line.starts_with("Version:")) version = text::trim(line.substr(8));
  });
  add_package("pip", name, version, found);
}

void add_python_packages(const SystemRoot& root, Packages& found) {
  for (const std::string library : {"usr/lib", "usr/local/lib"}) {
    for (const std::string& python : root.names(library)) {
      if (!python.starts_with("python")) continue;

      for (const char* const packages : {"/dist-packages", "/site-packages"}) {
        const std::string folder = library + "/" + python + packages;
        for (const std::string& name : root.names(folder)) {
          const std::string path = folder + "/" + name;
          if (name.ends_with(".dist-info")) add_python_package(root, path + "/METADATA", found);
          if (!name.ends_with(".egg-info")) continue;
          add_python_package(root, root.exists(path + "/PKG-INFO") ? path + "/PKG-INFO" : path, found);
        }
      }
    }
  }
}

// The string member `name` of the outermost object of a JSON text; members of inner objects do not count.
std::string outer_member(std::string_view json, std::string_view name) {
  int depth = 0;
  std::string last;  // the string before
  bool after_name = false;

  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ':') after_name = depth == 1 && last == name;
    if (c == ',') after_name = false;
    if (c != '"') continue;

    last.clear();
    for (++i; i < json.size() && json[i] != '"'; ++i) {
      if (json[i] == '\\') ++i;
      if (i < json.size()) last += json[i];
    }
    if (after_name) return last;
  }
  return {};
}

void add_node_package(const SystemRoot& root, const std::string& folder, Packages& found) {
  const std::string json = root.read(folder + "/package.json").value_or("");
  add_package("npm", outer_member(json, "name"), outer_member(json, "version"), found);
}

void add_node_packages(const SystemRoot& root, Packages& found) {
  for (const std::string folder : {"usr/lib/node_modules", "usr/local/lib/node_modules", "usr/share/nodejs"}) {
    for (const std::string& name : root.names(folder)) {
      const std::string path = folder + "/" + name;
      if (!name.starts_with("@")) {
        add_node_package(root, path, found);
        continue;
      }
      for (const std::string& scoped : root.names(path)) add_node_package(root, path + "/" + scoped, found);
    }
  }
}

// "rake-13.0.6.gemspec": the version begins after the last dash that a digit follows.
void add_gem(std::string_view file, Packages& found) {
  constexpr std::string_view ending = ".gemspec";
  if (!file.ends_with(ending)) return;
  file.remove_suffix(ending.size());
  for (std::size_t dash = file.find('-'); dash != std::string_view::npos; dash = file.find('-', dash + 1)) {
    if (dash + 1 < file.size() && file[dash + 1] >= '0' && file[dash + 1] <= '9') {
      return add_package("gem", std::string(file.substr(0, dash)), std::string(file.substr(dash + 1)), found);
    }
  }
}

void add_gems(const SystemRoot& root, Packages& found) {
  for (const std::string gems : {"var/lib/gems", "usr/lib/ruby/gems", "usr/local/lib/ruby/gems", "usr/share/gems",
                                 "usr/share/rubygems-integration"}) {
    for (const std::string& version : root.names(gems)) {
      for (const char* const inner : {"/specifications", "/specifications/default"}) {
        for (const std::string& file : root.names(gems + "/" + version + inner)) add_gem(file, found);
      }
    }
    for (const std::string& file : root.names(gems + "/specifications")) add_gem(file, found);
  }
}

}  // namespace

Packages language_packages(const SystemRoot& root) {
  Packages found;
  add_python_packages(root, found);
  add_node_packages(root, found);
  add_gems(root, found);
  return found;
}

}  // namespace muster::platform
