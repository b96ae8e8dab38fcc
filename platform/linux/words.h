// Words of the files that people write by hand, such as hosts(5). Private to this folder; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::platform {

// The words of a line, which blanks, tabs or a carriage return at its end separate.
std::vector<std::string> words_of(std::string_view line);

}  // namespace muster::platform
