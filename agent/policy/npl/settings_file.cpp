#include "agent/policy/npl/settings_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "agent/config/mistake.h"
#include "agent/policy/document.h"
#include "platform/base/text.h"
#include "platform/base/utf8.h"

namespace muster::policy {
namespace {

constexpr std::size_t max_lines = 5'000;
constexpr std::size_t max_line = 4'096;  // bytes
constexpr std::string_view tree = "SOFTWARE\\ManageSoft Corp\\";

// A value in quotes, in which backslashes and quotes are escaped, or without.
std::optional<std::string> unquoted(std::string_view value) {
  value = text::trim(value);
  if (value.empty() || value.front() != '"') return std::string(value);

  std::string result;
  for (std::size_t at = 1; at < value.size(); ++at) {
    if (value[at] == '"') return at + 1 == value.size() ? std::optional(result) : std::nullopt;
    const bool escapes = value[at] == '\\' && at + 1 < value.size() && (value[at + 1] == '\\' || value[at + 1] == '"');
    if (escapes) ++at;
    result += value[at];
  }
  return std::nullopt;  // not closed
}

// At the semicolons that are outside quotes.
std::vector<std::string_view> parts_of(std::string_view line) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t start = 0;

  for (std::size_t at = 0; at < line.size(); ++at) {
    if (quoted && line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      quoted = !quoted;
    } else if (line[at] == ';' && !quoted) {
      parts.push_back(line.substr(start, at - start));
      start = at + 1;
    }
  }

  parts.push_back(line.substr(start));
  return parts;
}

struct RegistryLine {
  std::string verb;
  std::string root;
  std::string key;
  std::string name;
  std::string value;
};

std::string* member_of(RegistryLine& line, std::string_view name) {
  if (text::equal_ignoring_case(name, "root")) return &line.root;
  if (text::equal_ignoring_case(name, "key")) return &line.key;
  if (text::equal_ignoring_case(name, "name")) return &line.name;
  return text::equal_ignoring_case(name, "value") ? &line.value : nullptr;
}

// What follows "Registry:"; nothing where it cannot be read.
std::optional<RegistryLine> registry_line(std::string_view text) {
  RegistryLine line;
  const auto parts = parts_of(text);
  line.verb = text::lower(text::trim(parts.front()));
  for (std::size_t index = 1; index < parts.size(); ++index) {
    const std::size_t equals = parts[index].find('=');
    if (equals == std::string_view::npos) {
      if (text::trim(parts[index]).empty()) continue;
      return std::nullopt;
    }

    auto value = unquoted(parts[index].substr(equals + 1));
    if (!value) return std::nullopt;
    std::string* const member = member_of(line, text::trim(parts[index].substr(0, equals)));
    if (member != nullptr) *member = std::move(*value);
  }
  return line;
}

bool is_local_machine(std::string_view root) {
  return text::equal_ignoring_case(root, "HKLM") || text::equal_ignoring_case(root, "HKEY_LOCAL_MACHINE");
}

// Why the line has no effect; empty: it has.
std::string why_not_used(const RegistryLine& line) {
  if (line.verb != "set") return fmt::format("Muster does not know the verb '{}'", config::excerpt(line.verb));
  if (!is_local_machine(line.root)) return fmt::format("its root '{}' is not HKLM", config::excerpt(line.root));
  if (!text::starts_with_ignoring_case(line.key, tree)) return "its key is not below SOFTWARE\\ManageSoft Corp";
  if (line.name.empty()) return "it has no name";
  if (text::has_control(line.key + line.name + line.value)) return "it contains a control character";
  return line.value.find("$(") != std::string::npos ? "its value refers to a variable with $(...)" : "";
}

void read_line(std::string_view line, const std::string& where, Packages& packages) {
  const std::size_t colon = line.find(':');
  const std::string directive(text::trim(line.substr(0, colon)));
  if (colon == std::string_view::npos || !text::equal_ignoring_case(directive, "Registry")) {
    std::string reason = fmt::format("Muster does not know the directive '{}'", config::excerpt(directive));
    return packages.not_used.push_back({where, std::move(reason)});
  }

  const auto entry = registry_line(line.substr(colon + 1));
  if (!entry) return packages.not_used.push_back({where, "it cannot be read"});
  if (auto reason = why_not_used(*entry); !reason.empty()) {
    const std::string what =
        fmt::format("setting {}\\{} ({})", config::excerpt(entry->key), config::excerpt(entry->name), where);
    return packages.not_used.push_back({what, std::move(reason)});
  }
  packages.settings.push_back({entry->key.substr(tree.size()), entry->name, entry->value});
}

}  // namespace

Status read_settings(std::string_view bytes, const std::string& path, Packages& packages) {
  const std::string content = text::utf8_of(bytes);
  if (!text::starts_with_ignoring_case(content, "Format:")) return refuse("it does not begin with 'Format:'");
  const auto lines = std::count(content.begin(), content.end(), '\n');
  if (static_cast<std::size_t>(lines) > max_lines) return refuse(fmt::format("it has more than {} lines", max_lines));

  bool in_head = true;
  std::size_t number = 0;

  for (const std::string& line : text::split_exactly(content, '\n')) {
    ++number;
    if (line.size() > max_line) return refuse(fmt::format("its line {} has more than {} bytes", number, max_line));
    const std::string_view words = text::trim(line);
    if (words.empty()) {
      in_head = false;
    } else if (!in_head) {
      read_line(words, fmt::format("{}:{}", path, number), packages);
    }
  }
  return {};
}

}  // namespace muster::policy
