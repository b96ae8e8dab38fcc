#include "ssl/openssl/revocation/own_revocation.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/revocation/gathering.h"

namespace muster::ssl {
namespace {

// Of the CAs that are trusted; the store is never changed after it was loaded.
std::vector<X509*> certificates_in(X509_STORE* store) {
  std::vector<X509*> certificates;
  STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    X509* const certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (certificate != nullptr) certificates.push_back(certificate);
  }
  return certificates;
}

bool is_revoked(X509* certificate, const std::vector<X509*>& issuers, const OpensslTrust& trust) {
  const CertificateFacts facts = facts_of(certificate, false);
  for (X509* const issuer : issuers) {
    if (issuer == certificate || X509_check_issued(issuer, certificate) != X509_V_OK) continue;

    const RevocationEvidence evidence{deployed_crls(trust.crls(), certificate, issuer), {}, {}};
    const auto verdict = judge_revocation(facts, evidence, {RevocationSource::crl}, wall_now());
    if (verdict.status == RevocationVerdict::Status::revoked) return true;
  }
  return false;
}

}  // namespace

std::vector<Error> own_revocations(const OpensslIdentity& identity, const OpensslTrust& trust) {
  if (trust.store() == nullptr) return {};
  std::vector<X509*> ours{identity.certificate()};
  for (int i = 0; i < sk_X509_num(identity.issuers()); ++i) ours.push_back(sk_X509_value(identity.issuers(), i));
  std::vector<X509*> issuers = certificates_in(trust.store());
  issuers.insert(issuers.end(), ours.begin(), ours.end());

  std::vector<Error> found;
  for (X509* const certificate : ours) {
    if (!is_revoked(certificate, issuers, trust)) continue;
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
