// A certificate's private key, open for use. Private to this folder.
#pragma once

#include <vector>

#include "ssl/schannel/certificate.h"

namespace muster::ssl {

// One thread.
class OpenedKey {
 public:
  // Never prompts. False afterwards: it cannot be used, and GetLastError() says why.
  explicit OpenedKey(PCCERT_CONTEXT certificate);
  OpenedKey(const OpenedKey&) = delete;
  OpenedKey& operator=(const OpenedKey&) = delete;
  ~OpenedKey();

  explicit operator bool() const { return is_open_; }

  // What cannot be compared counts as the same.
  bool belongs_to(PCCERT_CONTEXT certificate) const;

  // A self-relative security descriptor with the access list alone; empty, or false: GetLastError() says why.
  std::vector<unsigned char> access() const;
  bool set_access(std::vector<unsigned char>& descriptor) const;

 private:
  bool is_named() const { return kind_ == CERT_NCRYPT_KEY_SPEC; }  // of a key storage provider
  bool read(BYTE* bytes, DWORD& size) const;

  HCRYPTPROV_OR_NCRYPT_KEY_HANDLE key_ = 0;
  DWORD kind_ = 0;
  BOOL is_ours_ = FALSE;  // to be closed
  bool is_open_ = false;
};

}  // namespace muster::ssl
