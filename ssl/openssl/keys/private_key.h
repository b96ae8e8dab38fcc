// Private keys in PEM: PKCS#1, PKCS#8, SEC 1, encrypted or not. Private to this folder.
#pragma once

#include <filesystem>

#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "ssl/identity.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// The file must pass platform::open_private(); one that is only copied from may be open to others.
enum class Privacy { required, any };
Result<Secret> read_secret_file(const std::filesystem::path& path, Privacy privacy);

// The content of `files.key`. The first line of the password file is the password, and that file must be private;
// without one it is asked for, where there is a terminal. Never prompts by itself. Errors are of kind identity and tell
// a missing password, a wrong one and a broken key apart.
Result<KeyPtr> parse_private_key(const Secret& pem, const IdentityFiles& files);
Result<Secret> read_password(const IdentityFiles& files);

}  // namespace muster::ssl
