#include "agent/policy/update/trust.h"

#include <fmt/core.h>

#include "agent/config/typed_reader.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/installed_package.h"
#include "platform/root_alone.h"
#include "ssl/signature.h"

namespace muster::update {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_key_list = 64ULL * 1024;
constexpr std::uint64_t max_number_file = 64;

tl::unexpected<Refusal> no_key(const std::string& why) { return refusal(Reason::no_key, why); }

Result<fs::path> key_file(const config::Preferences& preferences) {
  auto file = config::path(preferences, config::Component::common, "UpdateKeyFile");
  if (file && file->empty()) return platform::package_folder() / "update" / "key.pem";
  return file;
}

// Also where a link leads nowhere: a process that can remove what it leads to would make the list look absent.
bool is_listed(const fs::path& list) {
  std::error_code problem;
  return fs::symlink_status(list, problem).type() != fs::file_type::not_found;
}

// A list that is absent is so by root's will: the key's folder is checked with the key.
Status check_root_alone(const fs::path& key, const fs::path& list) {
  if (auto safe = platform::check_root_alone_writes(key); !safe) return safe;
  return is_listed(list) ? platform::check_root_alone_writes(list) : Status();
}

}  // namespace

Result<bool> are_enabled(const config::Preferences& preferences) {
  return config::boolean(preferences, config::Component::common, "SoftwareUpdates");
}

tl::expected<Keys, Refusal> load_keys(const config::Preferences& preferences, Checked checked) {
  const auto file = key_file(preferences);
  if (!file) return no_key(file.error().message);
  const fs::path list = file->parent_path() / "revoked";
  const Status safe = checked == Checked::as_root ? check_root_alone(*file, list) : Status();
  if (!safe) return no_key(safe.error().message);

  const auto key = ssl::load_ed25519_key(*file);
  if (!key) return no_key(key.error().message);
  Keys keys{text::hex(*key), {}};
  if (platform::absent(list)) return keys;

  const auto content = platform::read_file(list, max_key_list);
  auto revoked = content ? read_key_list(*content) : Result<std::vector<std::string>>(fail(content.error()));
  if (!revoked) return no_key(fmt::format("the list {} cannot be used: {}", list.string(), revoked.error().message));
  keys.revoked = std::move(*revoked);
  return keys;
}

std::uint64_t installed_number() {
  const auto content = platform::read_file(platform::package_folder() / "update" / "number", max_number_file);
  return content ? text::to_number(text::trim(*content)).value_or(0) : 0;
}

}  // namespace muster::update
