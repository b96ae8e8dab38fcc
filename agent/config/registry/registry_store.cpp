#include <utility>

#include "agent/config/ini/ini_store.h"
#include "agent/config/preference_store.h"
#include "agent/config/registry/registry_views.h"

namespace muster::config {
namespace {

using platform::RegistryView;

Result<RegistryViews> read_views() {
  const std::string root(registry_root);
  auto native = platform::read_registry(RegistryView::bits_64, root);
  if (!native) return fail(std::move(native.error()));
  auto other = platform::read_registry(RegistryView::bits_32, root);
  if (!other) return fail(std::move(other.error()));
  return RegistryViews{std::move(*native), std::move(*other)};
}

Status make(const RegistryStep& step) {
  const std::string root(registry_root);
  const std::string key = step.section.empty() ? root : root + "\\" + step.section;
  switch (step.kind) {
    case RegistryStep::Kind::write: return platform::write_registry_text(step.view, key, step.name, step.text);
    case RegistryStep::Kind::remove_value: return platform::remove_registry_value(step.view, key, step.name);
    case RegistryStep::Kind::remove_key: return platform::remove_registry_key(step.view, key);
  }
  return {};
}

Status make_all(const std::vector<RegistryStep>& steps) {
  for (const RegistryStep& step : steps) {
    if (auto made = make(step); !made) return made;
  }
  return {};
}

}  // namespace

std::filesystem::path default_store() { return "HKLM\\" + std::string(registry_root); }

Result<RawPreferences> read_store(const std::filesystem::path& store, bool must_exist) {
  if (store != default_store()) return read_ini_store(store, must_exist);
  const auto views = read_views();
  if (!views) return fail(views.error());
  return raw(*views);
}

Result<bool> change_store(const std::filesystem::path& store, const std::vector<Change>& changes) {
  if (store != default_store()) return change_ini_store(store, changes);
  const auto views = read_views();
  if (!views) return fail(views.error());

  const std::vector<RegistryStep> steps = steps_for(changes, *views);
  if (auto made = make_all(steps); !made) return fail(std::move(made.error()));
  return !steps.empty();
}

Status remove_empty_sections(const std::filesystem::path& store, const std::vector<std::string>& sections) {
  if (store != default_store()) return {};
  const auto views = read_views();
  if (!views) return fail(views.error());
  return make_all(steps_to_remove_empty(sections, *views));
}

}  // namespace muster::config
