#include "agent/config/ini/ini_edit.h"

#include <optional>
#include <vector>

#include "agent/config/ini/ini_line.h"
#include "agent/config/section_name.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

// One line and what it is; all views are into the text.
struct PlacedLine {
  std::string_view whole;  // with its line break
  IniLine parsed;
  bool in_section = false;  // of the section in question; its header included
};

std::vector<PlacedLine> lines_of(std::string_view content, std::string_view section) {
  std::vector<PlacedLine> lines;
  const std::string wanted = normal_section(section);
  bool inside = false;
  while (!content.empty()) {
    PlacedLine line;
    line.whole = next_line(content);
    line.parsed = read_line(without_break(line.whole));
    if (line.parsed.kind == LineKind::section) inside = same_section(normal_section(line.parsed.section), wanted);
    line.in_section = inside;
    lines.push_back(std::move(line));
  }
  return lines;
}

bool gives(const PlacedLine& line, std::string_view name) {
  return line.in_section && line.parsed.kind == LineKind::key && text::equal_ignoring_case(line.parsed.name, name);
}

std::string_view break_of(std::string_view line) { return line.substr(without_break(line).size()); }

std::string_view usual_break(std::string_view content) {
  const std::string_view used = break_of(next_line(content));
  return used.empty() ? "\n" : used;
}

std::size_t offset_in(std::string_view content, std::string_view part) {
  return static_cast<std::size_t>(part.data() - content.data());
}

std::string inserted(std::string_view content, std::size_t at, const std::string& lines, std::string_view line_break) {
  std::string result(content.substr(0, at));
  if (!result.empty() && !result.ends_with('\n') && result != utf8_mark) result += line_break;
  result += lines;
  result += content.substr(at);
  return result;
}

std::string_view without_mark(std::string_view content) {
  return content.starts_with(utf8_mark) ? content.substr(utf8_mark.size()) : content;
}

}  // namespace

std::string with_value(std::string_view content, std::string_view section, std::string_view name,
                       std::string_view value) {
  const auto lines = lines_of(without_mark(content), section);
  const PlacedLine* same = nullptr;
  const PlacedLine* last = nullptr;  // header or key of the section

  for (const PlacedLine& line : lines) {
    if (gives(line, name)) same = &line;
    const bool counts = line.parsed.kind == LineKind::section || line.parsed.kind == LineKind::key;
    if (line.in_section && counts) last = &line;
  }

  if (same != nullptr) {
    const std::size_t at = offset_in(content, same->parsed.value);
    std::string result(content.substr(0, at));
    result += value;
    result += content.substr(at + same->parsed.value.size());
    return result;
  }

  const std::string_view line_break = usual_break(content);
  std::string addition = std::string(name) + "=" + std::string(value) + std::string(line_break);
  if (last != nullptr) {
    return inserted(content, offset_in(content, last->whole) + last->whole.size(), addition, line_break);
  }
  addition.insert(0, "[" + normal_section(section) + "]" + std::string(line_break));
  if (!without_mark(content).empty()) addition.insert(0, line_break);
  return inserted(content, content.size(), addition, line_break);
}

std::string without_value(std::string_view content, std::string_view section, std::string_view name) {
  const auto lines = lines_of(without_mark(content), section);
  bool removed = false;
  bool other_keys = false;
  for (const PlacedLine& line : lines) {
    if (gives(line, name)) {
      removed = true;
    } else if (line.in_section && line.parsed.kind == LineKind::key) {
      other_keys = true;
    }
  }

  if (!removed) return std::string(content);
  const bool bare = !other_keys && kind_of_section(normal_section(section)) == SectionKind::location;

  std::string result(content.substr(0, content.size() - without_mark(content).size()));
  for (const PlacedLine& line : lines) {
    const bool header = line.in_section && line.parsed.kind == LineKind::section;
    if (!gives(line, name) && !(bare && header)) result += line.whole;
  }
  return result;
}

}  // namespace muster::config
