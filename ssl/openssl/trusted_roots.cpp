#include "ssl/trusted_roots.h"

namespace muster::ssl {

Result<std::vector<std::string>> trust_roots(const std::filesystem::path& /*file*/) {
  return fail(ErrorKind::usage, "this system has no store for certificates", "name the file in SSLCACertificateFile");
}

}  // namespace muster::ssl
