#include "ssl/schannel/machine_store.h"

#include "ssl/schannel/error_words.h"

namespace muster::ssl {

Result<std::vector<StoredCertificate>> read_machine_store() {
  std::vector<StoredCertificate> found;
  constexpr DWORD flags = CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG;
  const StorePtr store(::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, L"MY"));
  if (!store) {
    const DWORD number = ::GetLastError();
    if (number == ERROR_FILE_NOT_FOUND) return found;
    return fail(ErrorKind::identity, "cannot open the certificate store Local Computer > Personal: " + words_of(number),
                "run as an administrator, or let this account read the store");
  }

  PCCERT_CONTEXT current = nullptr;
  while ((current = ::CertEnumCertificatesInStore(store.get(), current)) != nullptr) {
    found.push_back({CertificatePtr(::CertDuplicateCertificateContext(current)), candidate_of(current)});
  }
  return found;
}

}  // namespace muster::ssl
