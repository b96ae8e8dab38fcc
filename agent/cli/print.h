// Standard output of the commands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::cli {

// A failure of kind local_file where standard output cannot be written (a full disk behind a redirection).
Status print(const std::string& text);

std::string human_size(std::uint64_t bytes);  // "20.0 KiB"

// Prints one table, columns as wide as their longest cell.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace muster::cli
