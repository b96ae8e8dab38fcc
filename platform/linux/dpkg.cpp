#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/packages.h"

namespace muster::platform {
namespace {

constexpr std::uint64_t bytes_in_kib = 1024;

std::string_view value_of(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':' || line.substr(0, name.size()) != name) return {};
  return text::trim(line.substr(name.size() + 1));
}

// One stanza after the other of a status file (deb822, dpkg(1)).
class Stanzas {
 public:
  Stanzas(const SystemRoot& root, Packages& found) : root_(root), found_(found) {}

  void line(std::string_view line) {
    if (line.empty()) return end();
    if (line.front() == ' ' || line.front() == '\t') return;  // continues a field whose first line is enough

    static constexpr std::pair<std::string_view, std::string Package::*> fields[] = {
        {"Package", &Package::name},
        {"Version", &Package::version},
        {"Architecture", &Package::architecture},
        {"Maintainer", &Package::publisher},
        {"Description", &Package::summary},
        {"Homepage", &Package::homepage},
        {"Section", &Package::category},
        {"Source", &Package::source},
    };
    for (const auto& [name, member] : fields) {
      if (const auto value = value_of(line, name); !value.empty()) {
        package_.*member = value;
        return;
      }
    }

    if (const auto status = value_of(line, "Status"); !status.empty()) status_ = status;
    const auto size = text::to_number(value_of(line, "Installed-Size"));
    if (size && *size <= std::numeric_limits<std::uint64_t>::max() / bytes_in_kib) package_.size = *size * bytes_in_kib;
  }

  void end() {
    Package package = std::exchange(package_, {});
    const std::string status = std::exchange(status_, {});
    if (package.name.empty() || !is_installed(status)) return;

    package.kind = "deb";
    package.source = package.source.substr(0, package.source.find(' '));  // "name (version)"
    package.installed = root_.modified(list_of(package.name));
    if (!package.installed) package.installed = root_.modified(list_of(package.name + ":" + package.architecture));
    found_.push_back(std::move(package));
  }

 private:
  // "want flag state", such as "install ok installed"; images without dpkg have no status at all.
  static bool is_installed(std::string_view status) {
    const std::string_view state = status.substr(status.rfind(' ') + 1);
    return status.empty() || state == "installed" || state == "unpacked" || state == "half-configured" ||
           state == "triggers-awaited" || state == "triggers-pending";
  }

  // Written at each installation: the only record that dpkg keeps of the time.
  static std::string list_of(const std::string& name) { return "var/lib/dpkg/info/" + name + ".list"; }

  const SystemRoot& root_;
  Packages& found_;
  Package package_;
  std::string status_;
};

void read_status(const SystemRoot& root, const std::string& path, Packages& found) {
  Stanzas stanzas(root, found);
  root.each_line(path, [&](std::string_view line) { stanzas.line(line); });
  stanzas.end();
}

}  // namespace

Packages dpkg_packages(const SystemRoot& root) {
  Packages found;
  read_status(root, "var/lib/dpkg/status", found);

  // Images made without dpkg have one file for each package.
  for (const std::string& name : root.names("var/lib/dpkg/status.d")) {
    if (!name.ends_with(".md5sums")) read_status(root, "var/lib/dpkg/status.d/" + name, found);
  }
  return found;
}

}  // namespace muster::platform
