// Reading PKCS#12 (RFC 7292), of every common maker. Private to this folder.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// In the order of the file. Which belong together their public keys tell; of several certificates for one key the maker
// gives his own the name that the key has.
struct Pkcs12Content {
  struct Key {
    KeyPtr key;
    std::string name;  // localKeyId; empty: none
  };
  struct Certificate {
    CertificatePtr certificate;
    std::string name;
  };
  std::vector<Key> keys;
  std::vector<Certificate> certificates;
};

bool looks_like_pkcs12(std::string_view content);

// `ask` gives the password; it is not asked where none or an empty one opens the file. What would take longer than some
// seconds to derive is refused before it is tried. Errors are of kind identity and tell a wrong password, a broken file
// and an algorithm that this OpenSSL cannot do apart.
Result<Pkcs12Content> read_pkcs12(std::string_view content, const std::filesystem::path& path,
                                  const std::function<Result<Secret>()>& ask);

}  // namespace muster::ssl
