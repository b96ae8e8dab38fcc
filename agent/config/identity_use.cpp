#include "agent/config/identity_use.h"

#include <fmt/core.h>

#include "agent/config/editor.h"
#include "agent/config/settings.h"
#include "agent/config/typed_reader.h"

namespace muster::config {
namespace {

constexpr const char* switch_name = "AddClientCertificateAndKey";
constexpr const char* password_name = "SSLClientPrivateKeyPasswordFile";

Result<IdentityUse> use_of(const Preferences& preferences, Component component) {
  IdentityUse use;
  use.of = component == Component::upload ? "uploads" : "downloads";
  const auto shown = boolean(preferences, component, switch_name);
  if (!shown) return fail(shown.error());
  use.shown = *shown;
  if (const auto value = preferences.get(component, switch_name)) use.origin = value->origin;
  auto files = identity_files(preferences, component);
  if (!files) return fail(files.error());
  use.files = std::move(*files);
  return use;
}

}  // namespace

Error IdentityUse::not_shown() const {
  return {ErrorKind::identity, fmt::format("{} send no client certificate: {} is False ({})", of, switch_name, origin),
          "set it to True"};
}

Result<std::vector<IdentityUse>> identity_uses(const Preferences& preferences) {
  auto upload = use_of(preferences, Component::upload);
  if (!upload) return fail(upload.error());
  auto download = use_of(preferences, Component::download);
  if (!download) return fail(download.error());
  std::vector<IdentityUse> uses{std::move(*upload)};
  if (uses.front().shown == download->shown && uses.front().files.are_those_of(download->files)) {
    uses.front().of += " and downloads";
  } else {
    uses.push_back(std::move(*download));
  }
  return uses;
}

Status unset_password_of(const Preferences& preferences, const std::filesystem::path& key) {
  for (const auto component : {Component::upload, Component::download}) {
    const auto files = identity_files(preferences, component);
    if (!files || files->key != key) continue;
    for (const std::string_view section : sections_of(component)) {
      const auto value = preferences.get_in(section, password_name);
      if (!value || value->is_default) continue;
      if (auto unset = unset_value(preferences.file(), {std::string(section), password_name}); !unset) {
        return fail(unset.error());
      }
    }
  }
  return {};
}

}  // namespace muster::config
