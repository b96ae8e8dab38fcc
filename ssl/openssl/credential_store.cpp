#include "ssl/credential_store.h"

namespace muster::ssl {

bool has_credential_store() { return false; }

Result<StoredCredentials> import_into_store(const IdentityFiles&, WithRoots, WallTime) {
  return fail(ErrorKind::usage, "this system has no store for certificates", "import it into files");
}

Status let_service_use_identity(const StoreSelection&, WallTime) { return {}; }

}  // namespace muster::ssl
