#include "agent/inventory/section.h"

#include <algorithm>
#include <array>
#include <set>

#include "platform/base/text.h"

namespace muster::inventory {
namespace {

constexpr std::array names{"hardware", "os",        "cpu",     "memory",  "storage", "filesystem",
                           "network",  "pci",       "usb",     "battery", "monitor", "input",
                           "software", "languages", "service", "user",    "database"};

std::string all_names() {
  std::string all;
  for (const char* one : names) all += (all.empty() ? "" : ", ") + std::string(one);
  return all;
}

Result<std::set<Section>> sections_of(const std::vector<std::string>& words) {
  constexpr std::size_t max_shown = 60;  // of what was typed
  std::set<Section> sections;

  for (const std::string& word : words) {
    for (const std::string& one : text::split(word, ',')) {
      const auto* const found = std::find(names.begin(), names.end(), text::lower(one));
      if (found == names.end()) {
        return fail(ErrorKind::usage, "an inventory has no section '" + one.substr(0, max_shown) + "'",
                    "choose from " + all_names());
      }
      sections.insert(static_cast<Section>(found - names.begin()));
    }
  }
  return sections;
}

}  // namespace

const char* name(Section section) { return names.at(static_cast<std::size_t>(section)); }

Result<Sections> choose_sections(const std::vector<std::string>& only, const std::vector<std::string>& skip) {
  const auto chosen = sections_of(only);
  if (!chosen) return tl::unexpected(chosen.error());
  const auto skipped = sections_of(skip);
  if (!skipped) return tl::unexpected(skipped.error());

  Sections sections;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto section = static_cast<Section>(i);
    const bool wanted = only.empty() ? section != Section::languages : chosen->contains(section);
    if (wanted && !skipped->contains(section)) sections.push_back(section);
  }

  if (sections.empty()) {
    return fail(ErrorKind::usage, "--only and --skip leave no section of the inventory", "name at least one section");
  }
  return sections;
}

bool is_complete(const Sections& sections) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto section = static_cast<Section>(i);
    if (section != Section::languages && std::find(sections.begin(), sections.end(), section) == sections.end())
      return false;
  }
  return true;
}

}  // namespace muster::inventory
