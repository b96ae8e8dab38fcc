#include "ssl/schannel/opened_key.h"

#include <ncrypt.h>

namespace muster::ssl {

OpenedKey::OpenedKey(PCCERT_CONTEXT certificate) {
  constexpr DWORD flags =
      CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_ALLOW_NCRYPT_KEY_FLAG | CRYPT_ACQUIRE_COMPARE_KEY_FLAG;
  is_open_ = ::CryptAcquireCertificatePrivateKey(certificate, flags, nullptr, &key_, &kind_, &is_ours_) != 0;
}

OpenedKey::~OpenedKey() {
  if (!is_open_ || is_ours_ == 0) return;
  if (is_named()) {
    ::NCryptFreeObject(key_);
  } else {
    ::CryptReleaseContext(key_, 0);
  }
}

// Windows compares the two itself when it opens the key; Wine does not, and names a kind of its own.
bool OpenedKey::belongs_to(PCCERT_CONTEXT certificate) const {
  if (is_named()) return true;
  const DWORD kind = kind_ == AT_SIGNATURE ? AT_SIGNATURE : AT_KEYEXCHANGE;
  DWORD size = 0;
  if (::CryptExportPublicKeyInfo(key_, kind, X509_ASN_ENCODING, nullptr, &size) == 0) return true;

  std::vector<unsigned char> bytes(size);
  auto* const info = reinterpret_cast<CERT_PUBLIC_KEY_INFO*>(bytes.data());
  if (::CryptExportPublicKeyInfo(key_, kind, X509_ASN_ENCODING, info, &size) == 0) return true;
  return ::CertComparePublicKeyInfo(X509_ASN_ENCODING, info, &certificate->pCertInfo->SubjectPublicKeyInfo) != 0;
}

std::vector<unsigned char> OpenedKey::access() const {
  DWORD size = 0;
  if (!read(nullptr, size)) return {};
  std::vector<unsigned char> bytes(size);
  if (!read(bytes.data(), size)) return {};
  return bytes;
}

bool OpenedKey::set_access(std::vector<unsigned char>& descriptor) const {
  constexpr DWORD list = DACL_SECURITY_INFORMATION;
  if (!is_named()) return ::CryptSetProvParam(key_, PP_KEYSET_SEC_DESCR, descriptor.data(), list) != 0;
  const auto size = static_cast<DWORD>(descriptor.size());
  const auto status = ::NCryptSetProperty(key_, NCRYPT_SECURITY_DESCR_PROPERTY, descriptor.data(), size, list);
  ::SetLastError(static_cast<DWORD>(status));
  return status == ERROR_SUCCESS;
}

bool OpenedKey::read(BYTE* bytes, DWORD& size) const {
  constexpr DWORD list = DACL_SECURITY_INFORMATION;
  if (!is_named()) return ::CryptGetProvParam(key_, PP_KEYSET_SEC_DESCR, bytes, &size, list) != 0;
  const auto status = ::NCryptGetProperty(key_, NCRYPT_SECURITY_DESCR_PROPERTY, bytes, size, &size, list);
  ::SetLastError(static_cast<DWORD>(status));
  return status == ERROR_SUCCESS;
}

}  // namespace muster::ssl
