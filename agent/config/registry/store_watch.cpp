#include <optional>

#include "agent/channel/credential_watch.h"
#include "agent/config/preference_store.h"
#include "agent/config/preference_watch.h"
#include "agent/config/registry/registry_views.h"
#include "platform/registry_watch.h"

namespace muster::config {

// The keys of both views, or a file.
struct PreferenceWatch::State {
  platform::RegistryWatch native;
  platform::RegistryWatch other;
  std::optional<channel::CredentialWatch> file;
};

PreferenceWatch::PreferenceWatch(const std::filesystem::path& store) : state_(std::make_unique<State>()) {
  if (store.empty() || store == default_store()) {
    state_->native.start(std::string(registry_root));
    state_->other.start(std::string(registry_root_of_32_bits));
  } else {
    state_->file.emplace(std::vector{store}, std::vector<channel::CredentialWatch::Folder>{});
    state_->file->start_reports();
  }
}

PreferenceWatch::PreferenceWatch(PreferenceWatch&& other) noexcept = default;
PreferenceWatch& PreferenceWatch::operator=(PreferenceWatch&& other) noexcept = default;
PreferenceWatch::~PreferenceWatch() = default;

std::vector<const platform::UniqueFd*> PreferenceWatch::handles() const {
  if (state_->file) return {&state_->file->handle()};
  return {&state_->native.handle(), &state_->other.handle()};
}

bool PreferenceWatch::take_reports() {
  if (state_->file) return state_->file->take_reports();
  const bool native = state_->native.take_changes();
  const bool other = state_->other.take_changes();
  return native || other;
}

}  // namespace muster::config
