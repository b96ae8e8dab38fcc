#include "agent/config/section_name.h"

#include <algorithm>
#include <array>

#include "platform/base/text.h"

namespace muster::config {
namespace {

constexpr std::array components = {section::tracker,       section::uploader,       section::launcher,
                                   section::policy_client, section::schedule_agent, section::net_selector};

// The first parts of a name, as many as `of` has; empty when there are no more than those.
std::string_view root_like(std::string_view name, std::string_view of) {
  std::size_t end = 0;
  for (std::size_t at = 0; at != std::string_view::npos; at = of.find('\\', at + 1)) {
    end = name.find('\\', end == 0 ? 0 : end + 1);
    if (end == std::string_view::npos) return {};
  }
  return name.substr(0, end);
}

std::string without_registry_root(std::string section) {
  bool removed = true;
  while (removed) {
    removed = false;
    for (const std::string_view root :
         {"HKEY_LOCAL_MACHINE\\", "HKLM\\", "HKLM:\\", "SOFTWARE\\", "WOW6432Node\\", "ManageSoft Corp\\"}) {
      if (!text::starts_with_ignoring_case(section, root)) continue;
      section.erase(0, root.size());
      removed = true;
    }
  }
  return section;
}

// `section` where it is one that is read; with an id for the location where that is all that is missing.
std::optional<std::string> read_section_for(const std::string& section) {
  const SectionKind kind = kind_of_section(section);
  if (kind != SectionKind::foreign && kind != SectionKind::unused) return section;
  for (const std::string_view root : {section::uploads, section::downloads}) {
    if (same_section(section, root)) return std::string(root) + "\\NAME";
  }
  return std::nullopt;
}

}  // namespace

std::string normal_section(std::string_view written) {
  std::string result;
  for (const char c : text::trim(written)) {
    if (c == '\\' && (result.empty() || result.back() == '\\')) continue;
    result += c;
  }
  if (result.ends_with('\\')) result.pop_back();
  return std::string(text::trim(result));
}

bool same_section(std::string_view a, std::string_view b) { return text::equal_ignoring_case(a, b); }

bool same_address(const Address& a, const Address& b) {
  return same_section(a.section, b.section) && text::equal_ignoring_case(a.name, b.name);
}

SectionKind kind_of_section(std::string_view name) {
  if (same_section(name, section::common)) return SectionKind::common;
  for (const std::string_view component : components) {
    if (same_section(name, component)) return SectionKind::component;
  }
  if (location_id(name, beacon::Direction::upload) || location_id(name, beacon::Direction::download)) {
    return SectionKind::location;
  }
  const bool ours = same_section(name, "ManageSoft") || text::starts_with_ignoring_case(name, "ManageSoft\\");
  return ours ? SectionKind::unused : SectionKind::foreign;
}

std::string_view locations_root(beacon::Direction direction) {
  return direction == beacon::Direction::upload ? section::uploads : section::downloads;
}

std::optional<std::string> location_id(std::string_view name, beacon::Direction direction) {
  const std::string_view root = locations_root(direction);
  if (!text::starts_with_ignoring_case(name, root) || name.size() < root.size() + 2) return std::nullopt;
  if (name[root.size()] != '\\') return std::nullopt;
  const std::string_view id = name.substr(root.size() + 1);
  if (id.find('\\') != std::string_view::npos) return std::nullopt;
  return std::string(id);
}

std::string_view usual_section(const Preference& preference) {
  if (preference.place == Place::location) return section::uploads;
  return preference.place == Place::select ? section::net_selector : section::common;
}

std::optional<std::string> meant_section(std::string_view name) {
  std::string written(name);
  std::replace(written.begin(), written.end(), '/', '\\');
  written = without_registry_root(normal_section(written));

  for (const char* const missing : {"", "ManageSoft\\", "ManageSoft\\Common\\"}) {
    if (auto read = read_section_for(missing + written)) return read;
  }
  constexpr std::string_view product = "ManageSoft\\";
  if (!text::starts_with_ignoring_case(written, product)) return std::nullopt;
  return read_section_for("ManageSoft\\Common\\" + written.substr(product.size()));
}

std::optional<std::string> nearest_section(std::string_view name) {
  constexpr std::size_t most_edits = 3;
  if (name.size() > 1000) return std::nullopt;
  std::string nearest;
  std::size_t distance = most_edits + 1;

  auto consider = [&](std::string_view written, std::string_view meant, std::string_view rest) {
    const std::size_t edits = text::edit_distance(written, meant);
    if (written.empty() || edits >= distance) return;
    distance = edits;
    nearest = std::string(meant) + std::string(rest);
  };

  consider(name, section::common, "");
  for (const std::string_view component : components) consider(name, component, "");
  for (const std::string_view root : {section::uploads, section::downloads}) {
    const std::string_view start = root_like(name, root);
    if (name.find('\\', start.size() + 1) == std::string_view::npos) consider(start, root, name.substr(start.size()));
  }

  if (nearest.empty() || same_section(nearest, name)) return std::nullopt;
  return nearest;
}

}  // namespace muster::config
