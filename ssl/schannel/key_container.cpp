#include "ssl/schannel/key_container.h"

#include <ncrypt.h>

#include <vector>

#include "platform/windows/access.h"

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

// An open private key, of either kind of provider.
class OpenedKey {
 public:
  explicit OpenedKey(PCCERT_CONTEXT certificate) {
    constexpr DWORD flags = CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_ALLOW_NCRYPT_KEY_FLAG;
    is_open_ = ::CryptAcquireCertificatePrivateKey(certificate, flags, nullptr, &key_, &kind_, &is_ours_) != 0;
  }
  OpenedKey(const OpenedKey&) = delete;
  OpenedKey& operator=(const OpenedKey&) = delete;
  ~OpenedKey() {
    if (!is_open_ || is_ours_ == 0) return;
    if (is_named()) {
      ::NCryptFreeObject(key_);
    } else {
      ::CryptReleaseContext(key_, 0);
    }
  }

  explicit operator bool() const { return is_open_; }

  std::vector<unsigned char> access() const {
    DWORD size = 0;
    if (!read(nullptr, size)) return {};
    std::vector<unsigned char> bytes(size);
    if (!read(bytes.data(), size)) return {};
    return bytes;
  }

  bool set_access(std::vector<unsigned char>& descriptor) const {
    constexpr DWORD list = DACL_SECURITY_INFORMATION;
    if (!is_named()) return ::CryptSetProvParam(key_, PP_KEYSET_SEC_DESCR, descriptor.data(), list) != 0;
    const auto size = static_cast<DWORD>(descriptor.size());
    const auto status = ::NCryptSetProperty(key_, NCRYPT_SECURITY_DESCR_PROPERTY, descriptor.data(), size, list);
    ::SetLastError(static_cast<DWORD>(status));
    return status == ERROR_SUCCESS;
  }

 private:
  bool is_named() const { return kind_ == CERT_NCRYPT_KEY_SPEC; }

  bool read(BYTE* bytes, DWORD& size) const {
    constexpr DWORD list = DACL_SECURITY_INFORMATION;
    if (!is_named()) return ::CryptGetProvParam(key_, PP_KEYSET_SEC_DESCR, bytes, &size, list) != 0;
    const auto status = ::NCryptGetProperty(key_, NCRYPT_SECURITY_DESCR_PROPERTY, bytes, size, &size, list);
    ::SetLastError(static_cast<DWORD>(status));
    return status == ERROR_SUCCESS;
  }

  HCRYPTPROV_OR_NCRYPT_KEY_HANDLE key_ = 0;
  DWORD kind_ = 0;
  BOOL is_ours_ = FALSE;
  bool is_open_ = false;
};

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
