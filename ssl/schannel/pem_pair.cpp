#include "ssl/pem_pair.h"

#include "ssl/store_choice.h"

namespace muster::ssl {

Result<PemPair> make_pem_pair(const IdentityFiles&, WithChain, WallTime) {
  return fail(ErrorKind::identity, "on Windows certificates are in the store of the system, not in PEM files",
              "run: muster cert import FILE.pfx");
}

Result<Described> describe(const IdentityFiles& files, WallTime now, const Trust*) {
  const auto identity = Identity::load(files, now);
  if (!identity) return fail(identity.error());
  Described described;
  described.leaf = (*identity)->leaf();
  return described;
}

}  // namespace muster::ssl
