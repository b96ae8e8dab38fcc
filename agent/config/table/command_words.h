// A command in a preference, as words: no shell ever sees it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace muster::config {

// Blanks and tabs separate words; what stands between two double quotes belongs to one word. No other character is
// special. The first word must be an absolute path. The error says what is wrong: "has a quote that is not closed".
tl::expected<std::vector<std::string>, std::string> command_words(std::string_view command);

}  // namespace muster::config
