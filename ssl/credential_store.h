// Whether this system keeps certificates and keys in a store of its own, as Windows does, or in files; and what is put
// into such a store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "ssl/identity.h"

namespace muster::ssl {

bool has_credential_store();

enum class WithRoots { yes, no };

struct StoredCredentials {
  CertificateSummary leaf;
  std::string thumbprint;
  std::vector<std::string> intermediates;  // subjects
  std::vector<std::string> roots;          // that were put in as well, and are trusted now
  std::vector<std::string> left_out;       // roots
  std::optional<Error> key_problem;        // why the installed service cannot use the key
};

// Puts the client certificate of a .pfx with its key, not to be exported again, into the store of the machine, its
// intermediates among those of the machine, and its roots only if asked to. Of several pairs the one that would be
// chosen is taken; where none would, nothing is put in. Errors are of kind identity; of kind usage where there is no
// such store.
Result<StoredCredentials> import_into_store(const IdentityFiles& source, WithRoots roots, WallTime now);

// Lets the account of the installed service use the private key of the certificate in the store that would be shown.
// Where there is none, nothing is to be done. Errors are of kind identity.
Status let_service_use_identity(const StoreSelection& selection, WallTime now);

}  // namespace muster::ssl
