// A configuration file that is replaced as a whole and keeps whose it is.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/result.h"
#include "platform/file.h"

namespace muster::platform {

// What was found when the file was read.
struct ConfigFile {
  std::filesystem::path target;    // links resolved
  std::optional<FileFacts> facts;  // empty: there is no file yet
  std::string content;
};

// At most `limit` bytes. Errors are of kind local_file. A missing file is an empty one; a link to nothing is an error.
Result<ConfigFile> read_config_file(const std::filesystem::path& path, std::uint64_t limit);

// Replaces the file by `content`: same owner, group and mode, or those of a new configuration file; these too where
// root alone may read it, root:root 0600. When the file is not as it was read, nothing is written.
Status replace_config_file(const ConfigFile& file, std::string_view content);

}  // namespace muster::platform
