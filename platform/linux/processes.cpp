#include "platform/processes.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/linux/rpm.h"
#include "platform/packages.h"
#include "platform/program.h"

namespace muster::platform {
namespace {

// Since /usr was merged, a package may list "/bin/x" for what runs as "/usr/bin/x".
std::string without_usr(const std::string& file) { return file.starts_with("/usr/") ? file.substr(4) : file; }

void add_dpkg_owners(const SystemRoot& root, const std::vector<std::string>& files,
                     std::vector<std::optional<OwningPackage>>& owners) {
  constexpr std::string_view ending = ".list";
  const std::string folder = "var/lib/dpkg/info";
  std::multimap<std::string, std::size_t, std::less<>> wanted;  // to each of the files with that name
  for (std::size_t i = 0; i < files.size(); ++i) {
    wanted.emplace(files[i], i);
    wanted.emplace(without_usr(files[i]), i);
  }

  std::multimap<std::string, std::size_t> owned;
  for (const std::string& name : root.names(folder)) {
    if (!name.ends_with(ending)) continue;
    const std::string package = name.substr(0, std::min(name.find(':'), name.size() - ending.size()));
    root.each_line(folder + "/" + name, [&](std::string_view line) {
      const auto [first, last] = wanted.equal_range(line);
      for (auto file = first; file != last; ++file) owned.emplace(package, file->second);
    });
  }
  if (owned.empty()) return;

  for (const Package& package : dpkg_packages(root)) {
    const auto [first, last] = owned.equal_range(package.name);
    for (auto at = first; at != last; ++at) owners[at->second] = OwningPackage{package.name, package.version};
  }
}

void add_rpm_owner(const std::string& database, const std::string& file, std::optional<OwningPackage>& owner) {
  std::string answer;
  const Status asked = run_program({"rpm", "--dbpath", "/" + database, "-qf", "--qf", "%{NAME}\t%{EVR}\n", file},
                                   [&](std::string_view block) { answer.append(block); });
  const std::vector<std::string> words = text::split(answer.substr(0, answer.find('\n')), '\t');
  if (asked && words.size() == 2) owner = OwningPackage{words[0], words[1]};
}

}  // namespace

std::vector<RunningProgram> running_programs(const SystemRoot& root) {
  std::vector<RunningProgram> found;
  for (const std::string& name : root.names("proc")) {
    const auto pid = text::to_number(name);
    if (!pid) continue;
    RunningProgram program{*pid, root.line("proc/" + name + "/comm"), root.link("proc/" + name + "/exe")};
    constexpr std::string_view replaced = " (deleted)";  // by an update; it is the name that counts
    if (program.executable.ends_with(replaced)) program.executable.resize(program.executable.size() - replaced.size());
    if (!program.name.empty()) found.push_back(std::move(program));
  }
  return found;
}

std::vector<std::optional<OwningPackage>> owning_packages(const SystemRoot& root,
                                                          const std::vector<std::string>& files) {
  std::vector<std::optional<OwningPackage>> owners(files.size());
  if (files.empty()) return owners;
  if (root.exists("var/lib/dpkg/status")) add_dpkg_owners(root, files, owners);

  const std::string database = root.live() ? rpm_database_folder(root) : std::string();
  for (std::size_t i = 0; i < files.size() && !database.empty(); ++i) {
    if (!owners[i] && !files[i].empty()) add_rpm_owner(database, files[i], owners[i]);
  }
  return owners;
}

}  // namespace muster::platform
