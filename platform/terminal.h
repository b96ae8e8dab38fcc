// What may be shown on standard output and standard error.
#pragma once

#include <string>

namespace muster::platform {

enum class Stream { output, error };

bool is_terminal(Stream stream);
unsigned terminal_columns(Stream stream);  // 80 where it cannot be known

// Writes all of it; false when the reader has gone or the disk is full (a broken pipe never kills the process).
bool write(Stream stream, const std::string& text);

}  // namespace muster::platform
