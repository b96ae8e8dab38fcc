// Where the private keys of certificates are kept, and who may use them. Private to this folder.
#pragma once

#include <string>

#include "ssl/schannel/certificate.h"

namespace muster::ssl {

// Where a private key is, as CRYPT_KEY_PROV_INFO says.
struct KeyPlace {
  std::wstring container;  // empty: there is no key
  std::wstring provider;
  DWORD provider_type = 0;  // 0: a key storage provider
  DWORD flags = 0;
  DWORD kind = 0;
};

KeyPlace key_place_of(PCCERT_CONTEXT certificate);

// Removes the private key for good. It is open nowhere: a provider may write it again when it is closed. What cannot be
// removed stays.
void remove_key(const KeyPlace& place);

// Lets the service's account use the private key, beside those that may already. True where it may now, and where no
// service is installed; otherwise GetLastError() says why not.
bool let_service_use_key(PCCERT_CONTEXT certificate);

}  // namespace muster::ssl
