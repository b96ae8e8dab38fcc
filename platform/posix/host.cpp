#include "platform/host.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace muster::platform {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  const std::string full = name.data();
  return full.substr(0, full.find('.'));
}

bool is_superuser() { return ::geteuid() == 0; }

std::string user_name() {
  const uid_t user = ::geteuid();
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return entry.pw_name;
  return std::to_string(user);
}

std::filesystem::path default_data_directory() { return "/var/opt/managesoft"; }

const char* how_to_gain_rights() { return "run as root or join the group muster"; }

std::filesystem::path default_log_file(const std::filesystem::path& /*data_directory*/) { return {}; }

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here changes the environment
  return value == nullptr ? "" : value;
}

}  // namespace muster::platform
