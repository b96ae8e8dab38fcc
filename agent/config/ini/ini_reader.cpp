#include "agent/config/ini/ini_reader.h"

#include <fmt/core.h>
#include <ini.h>

#include <algorithm>

#include "agent/config/ini/ini_line.h"
#include "agent/config/section_name.h"

namespace muster::config {
namespace {

// Feeds inih line by line. Debian's inih cuts section names at 49 characters in silence, so each section goes
// through it under its number; and it does not report the line of a value, which is therefore kept here.
class Feed {
 public:
  Feed(std::string_view content, IniFile& file) : rest_(content), file_(file) {}

  // As fgets: at most `room` - 1 bytes of the current line, or null at the end.
  char* give(char* buffer, int room) {
    if (room < 2 || (pending_.empty() && !prepare())) return nullptr;
    const std::size_t count = std::min(pending_.size(), static_cast<std::size_t>(room) - 1);
    std::copy_n(pending_.begin(), count, buffer);
    buffer[count] = '\0';
    pending_.remove_prefix(count);
    return buffer;
  }

  void take(const char* name, const char* value) { file_.sections.back().keys.push_back({name, value, line_}); }

  Mistakes mistakes;

 private:
  // The next line that inih shall see, with a line break at its end.
  bool prepare() {
    buffer_.clear();
    while (!rest_.empty() && buffer_.empty()) {
      ++line_;
      translate(without_break(next_line(rest_)));
    }
    pending_ = buffer_;
    return !pending_.empty();
  }

  // Into buffer_, what inih shall see of this line: nothing of a comment, or of what is wrong.
  void translate(std::string_view line) {
    const IniLine parsed = read_line(line);
    if (auto mistake = mistake_in(parsed, !file_.sections.empty(), origin_of(file_.path, line_))) {
      mistakes.push_back(std::move(*mistake));
    } else if (parsed.kind == LineKind::section) {
      buffer_ = fmt::format("[{}]\n", file_.sections.size());
      file_.sections.push_back({normal_section(parsed.section), line_, {}});
    } else if (parsed.kind == LineKind::key) {
      buffer_.assign(line).push_back('\n');
    }
  }

  std::string_view rest_;
  IniFile& file_;
  std::size_t line_ = 0;
  std::string buffer_;
  std::string_view pending_;
};

// inih's settings belong to the process, and this is their only user: they are always the same.
void set_up_inih() {
  ini_use_stack = false;
  ini_allow_realloc = true;
  ini_initial_alloc = 4096;
  ini_max_line = static_cast<int>(largest_ini_file) + 16;
  ini_allow_inline_comments = false;
  ini_allow_multiline = false;
  ini_allow_no_value = false;
  ini_stop_on_first_error = false;
}

char* give_line(char* buffer, int room, void* feed) { return static_cast<Feed*>(feed)->give(buffer, room); }

int take_value(void* feed, const char* /*section*/, const char* name, const char* value) {
  static_cast<Feed*>(feed)->take(name, value);
  return 1;
}

}  // namespace

Status read_lines(std::string_view content, IniFile& file) {
  Feed feed(content, file);
  set_up_inih();
  const int outcome = ini_parse_stream(give_line, &feed, take_value, &feed);

  if (!feed.mistakes.empty()) return fail(error_of(feed.mistakes));
  if (outcome == 0) return {};
  return fail(ErrorKind::failure, fmt::format("cannot parse {} (inih {})", file.path.string(), outcome),
              "report this as a bug, with the file");
}

}  // namespace muster::config
