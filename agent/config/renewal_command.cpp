#include "agent/config/renewal_command.h"

#include <fmt/core.h>

#include "agent/config/table/command_words.h"
#include "platform/root_alone.h"
#include "ssl/credential_store.h"

namespace muster::config {
namespace {

constexpr char preference[] = "CertificateRenewCommand";

tl::unexpected<Error> not_used(const std::string& reason, std::string remedy) {
  return fail(ErrorKind::preference, fmt::format("{} is not used: {}", preference, reason), std::move(remedy));
}

}  // namespace

Result<std::optional<std::vector<std::string>>> renewal_command(const Preferences& preferences) {
  if (ssl::has_credential_store()) return std::nullopt;
  const auto value = preferences.get(Component::common, preference);
  if (!value || value->text.empty()) return std::nullopt;

  // Neither -o nor a policy gets this far: this holds should one of them ever do.
  if (!value->origin.starts_with(preferences.file().string() + ":")) {
    return not_used("it comes from " + value->origin, "write it into " + preferences.file().string());
  }
  if (const auto safe = platform::check_root_alone_writes(preferences.file()); !safe) {
    return not_used(safe.error().message, safe.error().remedy);
  }

  if (!value->unknown.empty()) return not_used(value->unknown + " in it has no value", "correct it");
  auto words = command_words(value->text);
  if (!words) return not_used("it " + words.error(), fmt::format("correct {}", preference));
  return std::move(*words);
}

}  // namespace muster::config
