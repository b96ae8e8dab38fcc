#include "platform/installed_package.h"

#include "platform/windows/native.h"

namespace muster::platform {

// On Windows the tool that deploys software to a fleet installs Muster.
InstalledPackage installed_package(const std::string& /*name*/) { return {PackageKind::none, "windows-x86_64-msi"}; }

std::filesystem::path running_program() {
  std::wstring path(32'768, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return path;
}

// Beside the program.
std::filesystem::path package_folder() { return running_program().parent_path(); }

Status install_package(PackageKind /*kind*/, const std::filesystem::path& /*file*/,
                       const std::function<void(std::string_view)>& /*report*/) {
  return fail(ErrorKind::failure, "on Windows updates are installed by the tool that deploys software",
              "deploy the release with it");
}

}  // namespace muster::platform
