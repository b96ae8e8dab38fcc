#include "agent/policy/policy_key.h"

#include "agent/config/typed_reader.h"
#include "ssl/signature.h"

namespace muster::policy {

Result<std::string> policy_key(const config::Preferences& preferences) {
  const auto file = config::path(preferences, config::Component::common, "PolicyKeyFile");
  if (!file) return fail(file.error());
  return file->empty() ? std::string() : ssl::load_ed25519_key(*file);
}

}  // namespace muster::policy
