#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

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

bool begins_with_digit(std::string_view part) { return !part.empty() && part.front() >= '0' && part.front() <= '9'; }

// "x86_64" of "x86_64-linux", or "java": what a gem with compiled parts is made for.
bool names_platform(std::string_view part) {
  static constexpr std::string_view starts[] = {"x86",   "x64",   "i386",  "i486",  "i586",   "i686", "arm",
                                                "aarch", "ppc",   "power", "s390",  "riscv",  "wasm", "universal",
                                                "java",  "jruby", "mswin", "mingw", "dalvik", "linux"};
  return std::any_of(std::begin(starts), std::end(starts),
                     [&](std::string_view start) { return part.starts_with(start); });
}

// The place of the version among the parts between dashes; 0: there is none. The name may have parts that are numbers
// ("http-2-0.11.0"): the version is the last part, or the one before the platform.
std::size_t version_place(const std::vector<std::string>& parts) {
  std::size_t last_number = 0;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!begins_with_digit(parts[i])) continue;
    last_number = i;
    if (i + 1 < parts.size() && names_platform(parts[i + 1])) break;
  }
  return last_number;
}

// "NAME-VERSION.gemspec" or "NAME-VERSION-PLATFORM.gemspec", such as "nokogiri-1.15.4-x86_64-linux.gemspec".
void add_gem(std::string_view file, Packages& found) {
  constexpr std::string_view ending = ".gemspec";
  if (!file.ends_with(ending)) return;
  file.remove_suffix(ending.size());

  const std::vector<std::string> parts = text::split_exactly(file, '-');
  const std::size_t place = version_place(parts);
  if (place == 0) return;

  std::string name = parts.front();
  for (std::size_t i = 1; i < place; ++i) name += "-" + parts[i];
  add_package("gem", std::move(name), parts[place], found);
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
