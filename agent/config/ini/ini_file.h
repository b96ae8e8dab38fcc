// config.ini as it was written: sections and keys in their order, each with its line.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/mistake.h"
#include "platform/base/result.h"

namespace muster::config {

struct IniKey {
  std::string name;
  std::string value;
  std::size_t line = 0;  // from 1
};

struct IniSection {
  std::string name;      // normal (section_name.h); repeated headers give repeated sections
  std::size_t line = 0;  // of the header
  std::vector<IniKey> keys;
};

struct IniFile {
  std::filesystem::path path;
  std::vector<IniSection> sections;
};

inline constexpr std::size_t largest_ini_file = std::size_t{16} << 20;  // bytes

// `content` was read from `path`, which only names it. Every line that is not understood is a mistake.
Result<IniFile> parse_ini(std::string_view content, const std::filesystem::path& path);

// The content of the file at `path`, not parsed. Errors are of kind local_file.
Result<std::string> read_ini_text(const std::filesystem::path& path);

// "path:line"
std::string origin_of(const std::filesystem::path& path, std::size_t line);

}  // namespace muster::config
