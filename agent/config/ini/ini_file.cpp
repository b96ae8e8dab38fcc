#include "agent/config/ini/ini_file.h"

#include <fmt/core.h>

#include "agent/config/ini/ini_line.h"
#include "agent/config/ini/ini_reader.h"
#include "platform/file.h"
#include "platform/host.h"

namespace muster::config {
namespace {

bool is_utf16(std::string_view content) { return content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF"); }

}  // namespace

std::string origin_of(const std::filesystem::path& path, std::size_t line) {
  return fmt::format("{}:{}", path.string(), line);
}

Result<std::string> read_ini_text(const std::filesystem::path& path) {
  return platform::read_file(path, largest_ini_file);
}

Result<IniFile> parse_ini(std::string_view content, const std::filesystem::path& path) {
  IniFile file;
  file.path = path;
  if (content.size() > largest_ini_file) {
    return fail(ErrorKind::local_file, fmt::format("{} is larger than {} bytes", path.string(), largest_ini_file),
                "check that this is the configuration file");
  }
  if (is_utf16(content)) {
    return fail(error_of({{origin_of(path, 1), "the file is UTF-16", "save it as UTF-8"}}));
  }

  if (content.starts_with(utf8_mark)) content.remove_prefix(utf8_mark.size());

  if (auto read = read_lines(content, file); !read) return fail(std::move(read.error()));
  return file;
}

}  // namespace muster::config
