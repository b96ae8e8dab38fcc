#include "ssl/openssl/own_revocation.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/crl.h"

namespace muster::ssl {
namespace {

// What the store was loaded with; it is never changed afterwards.
struct Known {
  explicit Known(X509_STORE* store) {
    STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
      const X509_OBJECT* const object = sk_X509_OBJECT_value(objects, i);
      if (X509_CRL* const crl = X509_OBJECT_get0_X509_CRL(object)) crls.push_back(crl);
      if (X509* const certificate = X509_OBJECT_get0_X509(object)) certificates.push_back(certificate);
    }
  }

  std::vector<X509_CRL*> crls;
  std::vector<X509*> certificates;
};

bool is_listed(X509* certificate, const std::vector<X509*>& issuers, const Known& known) {
  for (X509* const issuer : issuers) {
    if (X509_check_issued(issuer, certificate) != X509_V_OK) continue;
    for (X509_CRL* const crl : known.crls) {
      if (lists(crl, certificate, issuer)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<Error> own_revocations(const OpensslIdentity& identity, const OpensslTrust& trust) {
  if (trust.store() == nullptr) return {};
  const Known known(trust.store());
  std::vector<X509*> ours{identity.certificate()};
  for (int i = 0; i < sk_X509_num(identity.issuers()); ++i) ours.push_back(sk_X509_value(identity.issuers(), i));
  std::vector<X509*> issuers = known.certificates;
  issuers.insert(issuers.end(), ours.begin(), ours.end());
  std::vector<Error> found;
  for (X509* const certificate : ours) {
    if (!is_listed(certificate, issuers, known)) continue;
    found.emplace_back(
        ErrorKind::identity,
        fmt::format("{} {} is revoked by a deployed CRL",
                    certificate == ours.front() ? "the client certificate" : "its issuer", subject_of(certificate)),
        "have a new one issued");
  }
  ERR_clear_error();
  return found;
}

}  // namespace muster::ssl
