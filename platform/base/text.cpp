#include "platform/base/text.h"

#include <algorithm>
#include <charconv>

namespace muster::text {
namespace {

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && starts_with_ignoring_case(a, b);
}

bool starts_with_ignoring_case(std::string_view whole, std::string_view start) {
  if (whole.size() < start.size()) return false;
  return std::equal(start.begin(), start.end(), whole.begin(),
                    [](char x, char y) { return lower_char(x) == lower_char(y); });
}

bool contains_ignoring_case(std::string_view whole, std::string_view part) {
  auto same = [](char x, char y) { return lower_char(x) == lower_char(y); };
  return std::search(whole.begin(), whole.end(), part.begin(), part.end(), same) != whole.end();
}

std::string lower(std::string_view value) {
  std::string result(value);
  std::transform(result.begin(), result.end(), result.begin(), lower_char);
  return result;
}

std::string_view trim(std::string_view value) {
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  return value;
}

std::vector<std::string> split_exactly(std::string_view value, char separator) {
  std::vector<std::string> pieces;
  for (;;) {
    const auto end = value.find(separator);
    pieces.emplace_back(value.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    value.remove_prefix(end + 1);
  }
}

std::vector<std::string> split(std::string_view value, char separator) {
  std::vector<std::string> pieces;
  for (const std::string& part : split_exactly(value, separator)) {
    const auto piece = trim(part);
    if (!piece.empty()) pieces.emplace_back(piece);
  }
  return pieces;
}

std::optional<std::uint64_t> to_number(std::string_view value) {
  std::uint64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, problem] = std::from_chars(value.data(), end, number);
  if (value.empty() || problem != std::errc{} || stop != end) return std::nullopt;
  return number;
}

namespace {

// Bytes of the control of writing direction in UTF-8 that `value` begins with; 0: none. They make a line read as
// something else.
std::size_t direction_control_size(std::string_view value) {
  if (value.starts_with("\xd8\x9c")) return 2;  // U+061C
  if (value.size() < 3 || !value.starts_with("\xe2")) return 0;
  const auto second = static_cast<unsigned char>(value[1]);
  const auto third = static_cast<unsigned char>(value[2]);
  const bool mark = second == 0x80 && (third == 0x8e || third == 0x8f);     // U+200E, U+200F
  const bool embedding = second == 0x80 && third >= 0xaa && third <= 0xae;  // U+202A to U+202E
  const bool isolate = second == 0x81 && third >= 0xa6 && third <= 0xa9;    // U+2066 to U+2069
  return mark || embedding || isolate ? 3 : 0;
}

}  // namespace

bool has_control(std::string_view value) { return std::any_of(value.begin(), value.end(), is_control); }

std::string printable(std::string_view value) {
  std::string result(value);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto byte = static_cast<unsigned char>(result[i]);
    if (is_control(result[i])) result[i] = '?';

    // U+0080 to U+009F in UTF-8: terminals obey some of them as they obey an escape.
    if (byte == 0xc2 && i + 1 < result.size() && (static_cast<unsigned char>(result[i + 1]) & 0xe0) == 0x80) {
      result.replace(i, 2, "?");
    }
    if (const std::size_t size = direction_control_size(std::string_view(result).substr(i)); size > 0) {
      result.replace(i, size, "?");
    }
  }
  return result;
}

std::string encode_segment(std::string_view segment) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string result;

  for (const char c : segment) {
    if (is_unreserved(c)) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += digits[byte >> 4U];
      result += digits[byte & 15U];
    }
  }
  return result;
}

std::string base64(std::string_view bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      result += i + k <= bytes.size() ? alphabet[group >> (18U - 6U * k) & 63U] : '=';
    }
  }
  return result;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result += digits[byte >> 4U];
    result += digits[byte & 15U];
  }
  return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (lower_char(a[i - 1]) == lower_char(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace muster::text
