#include "agent/config/table/documentation.h"

#include <fmt/core.h>

#include "agent/config/table/preference_table.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

std::string type_of(const Preference& preference) {
  switch (preference.type) {
    case ValueType::text: return "text";
    case ValueType::boolean: return "`True` or `False`";
    case ValueType::number: return fmt::format("{} to {}", preference.least, preference.most);
    case ValueType::choice:
    case ValueType::list: {
      std::string words;
      for (const std::string& word : text::split(preference.words, ',')) {
        words += (words.empty() ? "`" : ", `") + word + "`";
      }
      return (preference.type == ValueType::list ? "list of " : "") + words;
    }
    case ValueType::path: return "absolute path";
    case ValueType::proxy: return "URL";
    case ValueType::secret: return "text, never shown";
    case ValueType::priority: return "number, or `invalid`";
    case ValueType::algorithms: return "algorithms with `;` between";
    case ValueType::command: return "absolute path and arguments; not by `-o`";
  }
  return {};
}

std::string default_of(const Preference& preference) {
  if (preference.fallback.empty()) return "";
  return fmt::format("`{}`{}", preference.fallback, preference.default_is_ours ? " (Muster's)" : "");
}

std::string title_of(Place place) {
  switch (place) {
    case Place::any: return "In the section of a step, or in `[ManageSoft\\Common]`";
    case Place::common: return "In `[ManageSoft\\Common]` alone";
    case Place::select: return "In `[ManageSoft\\NetSelector\\CurrentVersion]`, or in `[ManageSoft\\Common]`";
    case Place::location:
      return "In a location: `[ManageSoft\\Common\\UploadSettings\\<id>]`, `...\\DownloadSettings\\<id>`";
  }
  return {};
}

constexpr Place places[] = {Place::any, Place::common, Place::select, Place::location};

// Roff takes a leading dot or quote for a request and a backslash for an escape; backquotes are of Markdown.
std::string roff(std::string_view plain) {
  std::string result;
  for (const char c : plain) {
    if (c == '`') continue;
    if (c == '\\') result += "\\e";
    if (c == '-') result += "\\-";
    if (c != '\\' && c != '-') result += c;
  }
  return result;
}

}  // namespace

std::string preferences_as_markdown() {
  std::string result;
  for (const Place place : places) {
    result += fmt::format("\n## {}\n\n| name | value | default | meaning |\n|---|---|---|---|\n", title_of(place));
    for (const Preference& preference : preference_table()) {
      if (preference.place != place || !preference.no_effect.empty()) continue;
      result += fmt::format("| `{}` | {} | {} | {} |\n", preference.name, type_of(preference), default_of(preference),
                            preference.help);
    }
  }

  result += "\n## Accepted without effect\n\n| name | meaning elsewhere | why not here |\n|---|---|---|\n";
  for (const Preference& preference : preference_table()) {
    if (preference.no_effect.empty()) continue;
    result += fmt::format("| `{}` | {} | {} |\n", preference.name, preference.help, preference.no_effect);
  }
  return result;
}

std::string preferences_as_manual() {
  std::string result;
  for (const Place place : places) {
    result += fmt::format(".SS {}\n", roff(title_of(place)));
    for (const Preference& preference : preference_table()) {
      if (preference.place != place || !preference.no_effect.empty()) continue;
      const std::string fallback = default_of(preference);
      result += fmt::format(".TP\n.B {}\n{}. Value: {}.{}\n", preference.name, roff(preference.help),
                            roff(type_of(preference)), fallback.empty() ? "" : " Default: " + roff(fallback) + ".");
    }
  }

  result += ".SS Accepted without effect\n";
  for (const Preference& preference : preference_table()) {
    if (preference.no_effect.empty()) continue;
    result += fmt::format(".TP\n.B {}\n{} ({}).\n", preference.name, roff(preference.help), roff(preference.no_effect));
  }
  return result;
}

}  // namespace muster::config
