#include "agent/policy/policy_key.h"

#include "agent/config/typed_reader.h"
#include "ssl/signature.h"

namespace muster::policy {

Result<std::string> policy_key(const config::Preferences& preferences) {
  config::TypedReader reader(preferences, config::Component::common);
  const auto file = reader.path("PolicyKeyFile");
  if (!reader.mistakes().empty()) return fail(config::error_of(reader.mistakes()));
  return file.empty() ? std::string() : ssl::load_ed25519_key(file);
}

}  // namespace muster::policy
