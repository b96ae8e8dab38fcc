#include "agent/config/ini/ini_line.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/config/section_name.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

bool is_comment_mark(char c) { return c == ';' || c == '#'; }

bool is_wrong(char c) { return text::is_control(c) && c != '\t'; }

IniLine broken(std::string problem) {
  IniLine result;
  result.kind = LineKind::broken;
  result.problem = std::move(problem);
  return result;
}

IniLine read_section(std::string_view body) {
  const std::size_t end = body.find(']');
  if (end == std::string_view::npos) return broken("a section header without ']' at its end");
  const std::string_view rest = text::trim(body.substr(end + 1));
  if (!rest.empty() && !is_comment_mark(rest.front())) return broken("text after the ']' of a section header");
  IniLine result;
  result.kind = LineKind::section;
  result.section = text::trim(body.substr(1, end - 1));
  if (result.section.find_first_not_of('\\') == std::string_view::npos) return broken("a section without a name");
  return result;
}

}  // namespace

IniLine read_line(std::string_view line) {
  IniLine result;
  const std::string_view body = text::trim(line);
  if (body.empty()) return result;
  if (line.find('\0') != std::string_view::npos) return broken("a NUL byte, as in a UTF-16 or binary file");

  if (is_comment_mark(body.front())) {
    result.kind = LineKind::comment;
    return result;
  }
  if (std::any_of(body.begin(), body.end(), is_wrong)) return broken("a control character inside the line");
  if (body.front() == '[') return read_section(body);

  const std::size_t separator = line.find_first_of("=:");
  if (separator == std::string_view::npos) return broken("not a [section], comment or Name=Value line");
  result.name = text::trim(line.substr(0, separator));
  if (result.name.empty()) return broken("a value without a name");

  const std::size_t begin = std::min(line.find_first_not_of(" \t", separator + 1), line.size());
  result.kind = LineKind::key;
  result.value = line.substr(begin);
  while (!result.value.empty() && text::trim(result.value.substr(result.value.size() - 1)).empty()) {
    result.value.remove_suffix(1);
  }
  return result;
}

std::optional<Mistake> mistake_in(const IniLine& line, bool in_section, std::string origin) {
  if (line.kind == LineKind::broken) {
    return Mistake{std::move(origin), line.problem, "correct this line, or put ';' in front of it"};
  }
  if (line.kind == LineKind::key && !in_section) {
    return Mistake{std::move(origin), fmt::format("'{}' appears before any section", excerpt(line.name)),
                   fmt::format("move it below [{}]", section::common)};
  }
  return std::nullopt;
}

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
  rest.remove_prefix(line.size());
  return line;
}

std::string_view without_break(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace muster::config
