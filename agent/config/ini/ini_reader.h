// Reads the lines of a config.ini. Private to this folder. Chosen at link time: inih, or the plain reader where there
// is no inih; both accept the same lines and give the same values.
#pragma once

#include <string_view>

#include "agent/config/ini/ini_file.h"
#include "platform/base/result.h"

namespace muster::config {

// Adds to `file`, whose path names it in mistakes. `content` is without a byte order mark.
Status read_lines(std::string_view content, IniFile& file);

}  // namespace muster::config
