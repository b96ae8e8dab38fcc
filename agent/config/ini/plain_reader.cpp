// The reader for systems without inih: what a line means is decided in ini_line.h for both readers.
#include "agent/config/ini/ini_line.h"
#include "agent/config/ini/ini_reader.h"
#include "agent/config/section_name.h"

namespace muster::config {

Status read_lines(std::string_view content, IniFile& file) {
  Mistakes mistakes;
  for (std::size_t number = 1; !content.empty(); ++number) {
    const IniLine line = read_line(without_break(next_line(content)));
    if (auto mistake = mistake_in(line, !file.sections.empty(), origin_of(file.path, number))) {
      mistakes.push_back(std::move(*mistake));
    } else if (line.kind == LineKind::section) {
      file.sections.push_back({normal_section(line.section), number, {}});
    } else if (line.kind == LineKind::key) {
      file.sections.back().keys.push_back({std::string(line.name), std::string(line.value), number});
    }
  }

  if (!mistakes.empty()) return fail(error_of(mistakes));
  return {};
}

}  // namespace muster::config
