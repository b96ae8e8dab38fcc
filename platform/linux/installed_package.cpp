#include "platform/installed_package.h"

#include <algorithm>
#include <vector>

#include "platform/operating_system.h"
#include "platform/packages.h"
#include "platform/program.h"

namespace muster::platform {
namespace {

std::optional<std::string> dpkg_architecture(const SystemRoot& root, const std::string& name) {
  const Packages packages = dpkg_packages(root);
  const auto found =
      std::find_if(packages.begin(), packages.end(), [&](const Package& package) { return package.name == name; });
  return found == packages.end() ? std::nullopt : std::optional(found->architecture);
}

std::optional<std::string> rpm_architecture(const std::string& name) {
  std::string printed;
  const Status asked = run_program({"rpm", "--query", "--queryformat", "%{ARCH}\n", name},
                                   [&](std::string_view block) { printed += block; });
  if (!asked) return std::nullopt;
  return printed.substr(0, printed.find('\n'));
}

// Calls `use` with each whole line of what comes in blocks.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& use) : use_(use) {}
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() {
    if (!rest_.empty()) use_(rest_);
  }

  void add(std::string_view block) {
    rest_ += block;
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
      use_(std::string_view(rest_).substr(0, end));
      rest_.erase(0, end + 1);
    }
  }

 private:
  const std::function<void(std::string_view)>& use_;
  std::string rest_;
};

std::vector<std::string> command_for(PackageKind kind, const std::string& file) {
  if (kind == PackageKind::deb) return {"dpkg", "--install", file};
  return {"rpm", "--upgrade", "--oldpackage", "--replacepkgs", file};
}

}  // namespace

InstalledPackage installed_package(const std::string& name) {
  const auto root = SystemRoot::open("/");
  if (!root) return {};
  if (const auto architecture = dpkg_architecture(*root, name)) {
    return {PackageKind::deb, "linux-" + *architecture + "-deb"};
  }
  if (const auto architecture = rpm_architecture(name)) return {PackageKind::rpm, "linux-" + *architecture + "-rpm"};
  return {PackageKind::none, "linux-" + operating_system(*root).architecture + "-tar"};
}

std::filesystem::path running_program() { return "/proc/self/exe"; }

std::filesystem::path package_folder() { return "/usr/lib/muster"; }

Status install_package(PackageKind kind, const std::filesystem::path& file,
                       const std::function<void(std::string_view)>& report) {
  if (kind == PackageKind::none) {
    return fail(ErrorKind::failure, "this program was not installed by a package", "install the release by hand");
  }
  Lines lines(report);
  return run_program(
      command_for(kind, file.string()), [&](std::string_view block) { lines.add(block); }, ErrorOutput::with_output);
}

}  // namespace muster::platform
