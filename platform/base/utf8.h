// Where text in UTF-8 (RFC 3629) may be cut. Any bytes are taken; without UTF-8 in them every place will do.
#pragma once

#include <cstddef>
#include <string_view>

namespace muster::text {

// The last place up to `at`, or the first one from it, that is not inside a code point. `at` is at most the size.
std::size_t cut_before(std::string_view value, std::size_t at);
std::size_t cut_after(std::string_view value, std::size_t at);

}  // namespace muster::text
