#include "ssl/schannel/machine_store.h"

#include "ssl/schannel/error_words.h"

namespace muster::ssl {

Result<std::vector<StoredCertificate>> read_machine_store() {
  constexpr DWORD flags = CERT_SYSTEM_STORE_LOCAL_MACHINE | CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG;
  const StorePtr store(::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, L"MY"));
  if (!store) {
    const DWORD number = ::GetLastError();
    if (number == ERROR_FILE_NOT_FOUND) return std::vector<StoredCertificate>();
    return fail(ErrorKind::identity, "cannot open the certificate store Local Computer > Personal: " + words_of(number),
                "run as an administrator, or let this account read the store");
  }

  return certificates_in(store.get());
}

}  // namespace muster::ssl
