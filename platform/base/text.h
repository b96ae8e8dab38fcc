// Small text functions for ASCII protocols: locale is never consulted, bytes above 127 pass through untouched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::text {

bool equal_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view whole, std::string_view start);
bool contains_ignoring_case(std::string_view whole, std::string_view part);
std::string lower(std::string_view value);
std::string_view trim(std::string_view value);  // blanks, tabs, CR, LF at both ends

// Non-empty pieces between separators, trimmed.
std::vector<std::string> split(std::string_view value, char separator);

// All pieces between separators, as they are.
std::vector<std::string> split_exactly(std::string_view value, char separator);

// A decimal number without sign, blanks or overflow; nothing else parses.
std::optional<std::uint64_t> to_number(std::string_view value);

// The control characters of ASCII: 0 to 31 and 127.
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool has_control(std::string_view value);

// Control characters become '?': safe to print on one line.
std::string printable(std::string_view value);

// RFC 3986 percent-encoding of one path segment: all but unreserved characters are encoded.
std::string encode_segment(std::string_view segment);

std::string base64(std::string_view bytes);  // RFC 4648 section 4, with padding
std::string hex(std::string_view bytes);     // lower case

// Number of single-character edits between two names, case ignored: for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace muster::text
