// Private keys in PEM: PKCS#1, PKCS#8, SEC 1, encrypted or not. Private to this folder.
#pragma once

#include <filesystem>
#include <functional>

#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// The file must pass platform::open_private(). `password_file` may be empty; its first line is the password, and
// it must pass the same rules; without one `ask` gives it, if it is not empty. Never prompts. Errors are of kind
// identity and tell a missing password, a wrong one and a broken key apart.
Result<KeyPtr> load_private_key(const std::filesystem::path& path, const std::filesystem::path& password_file,
                                const std::function<Result<Secret>()>& ask);

// The same in two steps; a file that is only copied from may be open to others.
enum class Privacy { required, any };
Result<Secret> read_secret_file(const std::filesystem::path& path, Privacy privacy);
Result<KeyPtr> parse_private_key(const Secret& pem, const std::filesystem::path& path,
                                 const std::filesystem::path& password_file,
                                 const std::function<Result<Secret>()>& ask);
Result<Secret> read_password(const std::filesystem::path& path);

}  // namespace muster::ssl
