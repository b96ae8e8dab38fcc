// Changes to the text of a config.ini that leave every other byte as it is: comments, order, blank lines, line
// breaks, the byte order mark. Pure functions; `content` has been parsed before (ini_file.h).
#pragma once

#include <string>
#include <string_view>

namespace muster::config {

// The text with Name=Value in the section. Where the name is there, its value is replaced, the last one if it is
// repeated; a new name goes behind the last key of the section, a new section to the end of the text.
std::string with_value(std::string_view content, std::string_view section, std::string_view name,
                       std::string_view value);

// The text without any line that gives the name a value in the section. A location that has lost its last key
// loses its header too, because a location without keys is a mistake.
std::string without_value(std::string_view content, std::string_view section, std::string_view name);

}  // namespace muster::config
