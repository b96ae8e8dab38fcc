#include "ssl/openssl/keys/lone_leaf.h"

#include <fmt/core.h>
#include <openssl/x509v3.h>

namespace muster::ssl {
namespace {

bool is_issued_by_trusted_root(X509* leaf, X509_STORE* store) {
  if (store == nullptr) return false;
  STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    X509* const one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (one == nullptr || X509_self_signed(one, 0) != 1) continue;
    if (X509_check_issued(one, leaf) == X509_V_OK) return true;
  }
  return false;
}

}  // namespace

std::optional<Error> warn_of_lone_leaf(const OpensslIdentity& identity, const OpensslTrust* trust,
                                       const std::filesystem::path& file) {
  X509* const leaf = identity.certificate();
  const bool is_lone = sk_X509_num(identity.issuers()) == 0 && X509_self_signed(leaf, 0) != 1;
  if (!is_lone || is_issued_by_trusted_root(leaf, trust == nullptr ? nullptr : trust->store())) return std::nullopt;

  const std::string issuer = shorten_name(identity.leaf().issuer);
  return Error(ErrorKind::identity,
               fmt::format("{} holds the client certificate alone; a beacon that trusts only a root CA above {} "
                           "refuses it",
                           file.string(), issuer),
               fmt::format("if {} is an intermediate CA, add its certificate to the file", issuer));
}

}  // namespace muster::ssl
