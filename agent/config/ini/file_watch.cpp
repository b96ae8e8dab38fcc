#include "agent/channel/credential_watch.h"
#include "agent/config/preference_store.h"
#include "agent/config/preference_watch.h"

namespace muster::config {

struct PreferenceWatch::State {
  channel::CredentialWatch file;
};

PreferenceWatch::PreferenceWatch(const std::filesystem::path& store)
    : state_(std::make_unique<State>(State{channel::CredentialWatch({store.empty() ? default_store() : store}, {})})) {
  state_->file.start_reports();
}

PreferenceWatch::PreferenceWatch(PreferenceWatch&& other) noexcept = default;
PreferenceWatch& PreferenceWatch::operator=(PreferenceWatch&& other) noexcept = default;
PreferenceWatch::~PreferenceWatch() = default;

std::vector<const platform::UniqueFd*> PreferenceWatch::handles() const { return {&state_->file.handle()}; }

bool PreferenceWatch::take_reports() { return state_->file.take_reports(); }

}  // namespace muster::config
