#include "agent/cli/version.h"

#include <fmt/format.h>

#include "agent/transfer/library.h"
#include "platform/base/version.h"
#include "ssl/library.h"

namespace muster::cli {

std::string version_text() {
  const std::string_view commit = MUSTER_COMMIT;
  return fmt::format("muster {}{}\n{} {}\nFeatures: {}\n", MUSTER_VERSION,
                     commit.empty() ? "" : fmt::format(" ({})", commit), transfer::library_version(),
                     ssl::library_version(), fmt::join(transfer::library_features(), " "));
}

}  // namespace muster::cli
