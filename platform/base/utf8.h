// Where text in UTF-8 (RFC 3629) may be cut. Any bytes are taken; without UTF-8 in them every place will do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::text {

// The last place up to `at`, or the first one from it, that is not inside a code point. `at` is at most the size.
std::size_t cut_before(std::string_view value, std::size_t at);
std::size_t cut_after(std::string_view value, std::size_t at);

bool is_utf8(std::string_view value);  // no overlong forms or surrogates

// Text as an editor wrote it: without a byte order mark, and converted where that mark says UTF-16. Half a surrogate
// pair becomes U+FFFD.
std::string utf8_of(std::string_view content);

}  // namespace muster::text
