// A client certificate that was deployed without its intermediate CAs. Private to this folder.
#pragma once

#include <filesystem>
#include <optional>

#include "platform/base/error.h"
#include "ssl/openssl/keys/openssl_identity.h"
#include "ssl/openssl/openssl_trust.h"

namespace muster::ssl {

// A beacon that knows the root CA alone cannot build a chain to the leaf unless we send its intermediates (RFC 5246,
// 7.4.2). There is no warning where the issuer is a root that `trust` has; null: nothing is known of any root.
std::optional<Error> warn_of_lone_leaf(const OpensslIdentity& identity, const OpensslTrust* trust,
                                       const std::filesystem::path& file);

}  // namespace muster::ssl
