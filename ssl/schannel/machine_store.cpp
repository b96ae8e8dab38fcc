#include "ssl/schannel/machine_store.h"

#include <fmt/core.h>

#include "platform/windows/native.h"
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

std::vector<StoreCandidate> candidates_of(const std::vector<StoredCertificate>& stored) {
  std::vector<StoreCandidate> candidates;
  for (const StoredCertificate& one : stored) candidates.push_back(one.candidate);
  return candidates;
}

Status add_to_machine_store(const wchar_t* name, PCCERT_CONTEXT certificate, ErrorKind kind) {
  const StorePtr store(::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, name));
  const bool added = store && ::CertAddCertificateContextToStore(store.get(), certificate,
                                                                 CERT_STORE_ADD_REPLACE_EXISTING, nullptr) != 0;
  if (added) return {};
  return fail(kind,
              fmt::format("cannot write the machine's certificate store {}: {}", platform::narrow(name),
                          words_of(::GetLastError())),
              "run as an administrator");
}

}  // namespace muster::ssl
