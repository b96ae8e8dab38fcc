// The grammar of config.ini, one line at a time. The reader and the editor both judge a line here, so that what
// one accepts the other understands alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/config/mistake.h"

namespace muster::config {

enum class LineKind { blank, comment, section, key, broken };

// Views into the line that was given.
struct IniLine {
  LineKind kind = LineKind::blank;
  std::string_view section;  // between the brackets, as written
  std::string_view name;
  std::string_view value;  // without blanks at its ends; its position is where the value belongs, even if empty
  std::string problem;     // for `broken`
};

// `line` has no line break at its end. As inih: `;` and `#` start a comment line, the first `=` or `:` ends a
// name. There are neither comments after a value nor values over several lines, and no control characters.
IniLine read_line(std::string_view line);

// What is wrong with a line, if anything; `in_section`: a section header stood before it.
std::optional<Mistake> mistake_in(const IniLine& line, bool in_section, std::string origin);

// One line of `rest` with its line break, which is taken off `rest`.
std::string_view next_line(std::string_view& rest);

// Without "\n" or "\r\n" at the end.
std::string_view without_break(std::string_view line);

inline constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

}  // namespace muster::config
