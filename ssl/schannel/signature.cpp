#include "ssl/signature.h"

#include <fmt/core.h>

namespace muster::ssl {

// Windows has no Ed25519. Where a key is set, signatures have to be checked: an unchecked policy is refused.
Result<std::string> load_ed25519_key(const std::filesystem::path& file) {
  return fail(ErrorKind::preference,
              fmt::format("{} cannot be used: Windows checks no Ed25519 signatures", file.string()),
              "unset PolicyKeyFile on this device, or apply its policy on another system");
}

bool is_signed_by(std::string_view, std::string_view, std::string_view) { return false; }

}  // namespace muster::ssl
