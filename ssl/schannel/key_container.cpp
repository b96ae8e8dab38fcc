#include "ssl/schannel/key_container.h"

#include <ncrypt.h>

#include <vector>

#include "platform/windows/access.h"
#include "ssl/schannel/opened_key.h"

namespace muster::ssl {
namespace {

void remove_stored_key(const KeyPlace& place) {
  NCRYPT_PROV_HANDLE provider = 0;
  NCRYPT_KEY_HANDLE key = 0;
  if (::NCryptOpenStorageProvider(&provider, place.provider.c_str(), 0) != ERROR_SUCCESS) return;
  const DWORD flags = (place.flags & CRYPT_MACHINE_KEYSET) != 0 ? NCRYPT_MACHINE_KEY_FLAG : 0;
  if (::NCryptOpenKey(provider, &key, place.container.c_str(), place.kind, flags | NCRYPT_SILENT_FLAG) ==
      ERROR_SUCCESS) {
    ::NCryptDeleteKey(key, NCRYPT_SILENT_FLAG);  // frees it as well
  }
  ::NCryptFreeObject(provider);
}

}  // namespace

KeyPlace key_place_of(PCCERT_CONTEXT certificate) {
  DWORD size = 0;
  if (::CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size) == 0) return {};
  std::vector<unsigned char> bytes(size);
  if (::CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, bytes.data(), &size) == 0) return {};

  const auto& info = *reinterpret_cast<const CRYPT_KEY_PROV_INFO*>(bytes.data());
  if (info.pwszContainerName == nullptr || info.pwszProvName == nullptr) return {};
  return {info.pwszContainerName, info.pwszProvName, info.dwProvType, info.dwFlags, info.dwKeySpec};
}

void remove_key(const KeyPlace& place) {
  if (place.container.empty()) return;
  if (place.provider_type == 0) return remove_stored_key(place);
  HCRYPTPROV none = 0;
  constexpr DWORD flags = CRYPT_DELETEKEYSET | CRYPT_SILENT;
  ::CryptAcquireContextW(&none, place.container.c_str(), place.provider.c_str(), place.provider_type,
                         flags | (place.flags & CRYPT_MACHINE_KEYSET));
}

bool let_service_use_key(PCCERT_CONTEXT certificate) {
  if (!platform::has_service_account()) return true;
  const OpenedKey key(certificate);
  if (!key) return false;
  std::vector<unsigned char> descriptor = key.access();
  if (descriptor.empty()) return false;

  descriptor = platform::with_service_reading(descriptor);
  return !descriptor.empty() && key.set_access(descriptor);
}

}  // namespace muster::ssl
