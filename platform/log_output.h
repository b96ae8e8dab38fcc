// Where the log goes, and in which form. Without any of this: lines for people on standard error.
#pragma once

#include <cstdint>
#include <filesystem>

#include "platform/base/result.h"

namespace muster::log {

// From now on each line has the time (RFC 3339) and the process, for an agent whose standard error goes to a file.
// Where it is the journal, lines have a priority instead from the start (sd-daemon(3)): the journal knows the rest.
void use_agent_lines();

struct FileOutput {
  std::filesystem::path file;  // empty: none
  std::uint64_t max_size = 0;  // bytes, before the file becomes NAME.1.EXTENSION
  std::size_t count = 0;       // of the older files that are kept

  bool operator==(const FileOutput&) const = default;
};

// Logs to that file as well, instead of to the one before. On an error, of kind local_file, nothing has changed.
Status use_file(const FileOutput& output);

}  // namespace muster::log
