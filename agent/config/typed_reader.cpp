#include "agent/config/typed_reader.h"

#include <fmt/core.h>

#include "agent/config/table/value_check.h"
#include "platform/base/text.h"

namespace muster::config {

std::string TypedReader::text(std::string_view name) {
  const Preference* const preference = find_preference(name);
  const auto value = preferences_.get(component_, name);
  if (preference == nullptr || !value) return {};

  if (!value->unknown.empty()) {
    mistakes_.push_back({value->origin,
                         fmt::format("{} refers to {}, which has no value", preference->name, value->unknown),
                         "use $(MachineId), $(UserName), $(DownloadRootURL) or $(DataDirectory)"});
  } else if (auto wrong = check_value(*preference, value->text)) {
    mistakes_.push_back({value->origin, std::move(wrong->text), std::move(wrong->remedy)});
  } else {
    return value->text;
  }
  return std::string(preference->fallback);
}

bool TypedReader::boolean(std::string_view name) { return text::equal_ignoring_case(text(name), "True"); }

std::uint64_t TypedReader::number(std::string_view name) { return text::to_number(text(name)).value_or(0); }

std::filesystem::path TypedReader::path(std::string_view name) { return text(name); }

std::vector<std::string> TypedReader::list(std::string_view name) { return text::split(text(name), ','); }

Result<bool> boolean(const Preferences& preferences, Component component, std::string_view name) {
  TypedReader reader(preferences, component);
  const bool value = reader.boolean(name);
  if (!reader.mistakes().empty()) return fail(error_of(reader.mistakes()));
  return value;
}

Result<std::uint64_t> number(const Preferences& preferences, Component component, std::string_view name) {
  TypedReader reader(preferences, component);
  const std::uint64_t value = reader.number(name);
  if (!reader.mistakes().empty()) return fail(error_of(reader.mistakes()));
  return value;
}

Result<std::filesystem::path> path(const Preferences& preferences, Component component, std::string_view name) {
  TypedReader reader(preferences, component);
  std::filesystem::path value = reader.path(name);
  if (!reader.mistakes().empty()) return fail(error_of(reader.mistakes()));
  return value;
}

}  // namespace muster::config
