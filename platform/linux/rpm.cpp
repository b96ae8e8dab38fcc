#include "platform/linux/rpm.h"

#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/linux/epoch.h"
#include "platform/packages.h"
#include "platform/program.h"

namespace muster::platform {
namespace {

constexpr char between_fields = '\x1f';
constexpr char after_package = '\x1e';
constexpr std::size_t max_package = 64 << 10;

std::string query_format() {
  std::string format;
  for (const char* const tag :
       {"NAME", "EVR", "ARCH", "VENDOR", "SUMMARY", "URL", "GROUP", "SOURCERPM", "LICENSE", "SIZE", "INSTALLTIME"}) {
    if (!format.empty()) format += between_fields;
    format += std::string("%{") + tag + "}";
  }
  return format + after_package;
}

std::string known(const std::string& value) { return value == "(none)" ? std::string() : value; }

// "bash-5.2.15-3.fc38.src.rpm": the name is what comes before the last two dashes.
std::string source_name(const std::string& file) {
  const std::size_t release = file.rfind('-');
  const std::size_t version = release == std::string::npos || release == 0 ? release : file.rfind('-', release - 1);
  return version == std::string::npos ? std::string() : file.substr(0, version);
}

void add_package(std::string_view text, Packages& found) {
  std::vector<std::string> fields = text::split_exactly(text, between_fields);
  if (fields.size() != 11) return;
  if (fields[0] == "gpg-pubkey") return;  // a key that packages are signed with, kept as if it were one

  Package package;
  package.kind = "rpm";
  package.name = std::move(fields[0]);
  package.version = std::move(fields[1]);

  package.architecture = known(fields[2]);
  package.publisher = known(fields[3]);
  package.summary = known(fields[4]);
  package.homepage = known(fields[5]);
  package.category = known(fields[6]);
  package.source = source_name(known(fields[7]));
  package.license = known(fields[8]);

  package.size = text::to_number(fields[9]);
  package.installed = time_of(std::string_view(fields[10]));
  found.push_back(std::move(package));
}

}  // namespace

std::string rpm_database_folder(const SystemRoot& root) {
  for (const char* const folder : {"var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"}) {
    for (const char* const file : {"rpmdb.sqlite", "Packages", "Packages.db"}) {
      if (root.exists(std::string(folder) + "/" + file)) return folder;
    }
  }
  return {};
}

Result<Packages> rpm_packages(const SystemRoot& root) {
  Packages found;
  const std::string database = rpm_database_folder(root);
  if (database.empty()) return found;

  // Debian's own rpm would use the home folder of its user, where no distribution has the database.
  std::vector<std::string> arguments{"rpm", "--dbpath", "/" + database, "-qa", "--qf", query_format()};
  if (!root.live()) {
    arguments.emplace_back("--root");
    arguments.push_back(std::filesystem::absolute(root.outside("")).string());
  }

  std::string rest;
  const Status done = run_program(arguments, [&](std::string_view block) {
    rest.append(block);
    std::size_t start = 0;
    for (std::size_t end = rest.find(after_package); end != std::string::npos; end = rest.find(after_package, start)) {
      add_package(std::string_view(rest).substr(start, end - start), found);
      start = end + 1;
    }
    rest.erase(0, start);
    if (rest.size() > max_package) rest.clear();
  });

  if (!done) return tl::unexpected(done.error());
  return found;
}

}  // namespace muster::platform
