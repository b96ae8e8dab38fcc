// Certificates of Windows: ownership, and what is read from them. Private to this folder.
#pragma once

#include <windows.h>

#include <wincrypt.h>

#include <memory>
#include <string>
#include <vector>

#include "ssl/certificate_summary.h"
#include "ssl/store_choice.h"

namespace muster::ssl {

struct FreeCertificate {
  void operator()(const CERT_CONTEXT* certificate) const { ::CertFreeCertificateContext(certificate); }
};
using CertificatePtr = std::unique_ptr<const CERT_CONTEXT, FreeCertificate>;

struct CloseStore {
  void operator()(void* store) const { ::CertCloseStore(store, 0); }
};
using StorePtr = std::unique_ptr<void, CloseStore>;

std::string subject_of(PCCERT_CONTEXT certificate);  // RFC 2253: the most special part first
std::string der_of(PCCERT_CONTEXT certificate);
std::string thumbprint_of(PCCERT_CONTEXT certificate);  // SHA-1, 40 upper-case digits
CertificateSummary summary_of(PCCERT_CONTEXT certificate);
bool is_self_issued(PCCERT_CONTEXT certificate);  // a root, where it is a CA's

// Reads usages and, where there is a private key, whether this process can use it. Never prompts.
StoreCandidate candidate_of(PCCERT_CONTEXT certificate);

struct StoredCertificate {
  CertificatePtr certificate;
  StoreCandidate candidate;
};

std::vector<StoredCertificate> certificates_in(HCERTSTORE store);

}  // namespace muster::ssl
