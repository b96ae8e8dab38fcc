// Ed25519 signatures (RFC 8032) over exact bytes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "platform/base/result.h"

namespace muster::ssl {

// The raw public key (32 bytes) in a PEM file ("BEGIN PUBLIC KEY", RFC 8410). A file that is missing or holds another
// kind of key is an error of kind preference: it says who may sign.
Result<std::string> load_ed25519_key(const std::filesystem::path& file);

// False also for a key or a signature of a wrong length.
bool is_signed_by(std::string_view raw_key, std::string_view bytes, std::string_view signature);

}  // namespace muster::ssl
