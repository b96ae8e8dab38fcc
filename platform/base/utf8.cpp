#include "platform/base/utf8.h"

namespace muster::text {
namespace {

bool is_inside(std::string_view value, std::size_t at) {
  return at < value.size() && (static_cast<unsigned char>(value[at]) & 0xc0U) == 0x80U;
}

}  // namespace

std::size_t cut_before(std::string_view value, std::size_t at) {
  while (at > 0 && is_inside(value, at)) --at;
  return at;
}

std::size_t cut_after(std::string_view value, std::size_t at) {
  while (is_inside(value, at)) ++at;
  return at;
}

namespace {

void append(std::string& text, char32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
    return;
  }

  // The first byte says how many follow, with six bits each.
  const unsigned following = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr unsigned marks[] = {0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(marks[following] | (point >> (6 * following)));
  for (unsigned left = following; left > 0; --left) {
    text += static_cast<char>(0x80U | ((point >> (6 * (left - 1))) & 0x3FU));
  }
}

// RFC 2781.
std::string from_utf16(std::string_view bytes, bool big_endian) {
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<char32_t>(big_endian ? first << 8U | second : second << 8U | first);
  };

  constexpr char32_t replacement = 0xFFFD;
  std::string text;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const char32_t first = unit(i);
    const bool is_half = first >= 0xD800 && first < 0xE000;
    if (!is_half) {
      append(text, first);
      continue;
    }

    const char32_t second = i + 3 < bytes.size() ? unit(i + 2) : 0;
    const bool is_pair = first < 0xDC00 && second >= 0xDC00 && second < 0xE000;
    append(text, is_pair ? 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00) : replacement);
    if (is_pair) i += 2;
  }
  return text;
}

}  // namespace

bool is_utf8(std::string_view value) {
  for (std::size_t i = 0; i < value.size();) {
    const auto first = static_cast<unsigned char>(value[i]);
    std::size_t more = 0;
    char32_t least = 0;
    char32_t point = first;

    if (first >= 0xF0 && first < 0xF8) {
      more = 3, least = 0x10000, point = first & 7U;
    } else if (first >= 0xE0 && first < 0xF0) {
      more = 2, least = 0x800, point = first & 15U;
    } else if (first >= 0xC0 && first < 0xE0) {
      more = 1, least = 0x80, point = first & 31U;
    } else if (first >= 0x80) {
      return false;
    }

    if (i + more >= value.size()) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(value[i + k]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = point << 6U | (next & 0x3FU);
    }
    if (point < least || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
    i += more + 1;
  }
  return true;
}

std::string utf8_of(std::string_view content) {
  if (content.starts_with("\xFF\xFE")) return from_utf16(content.substr(2), false);
  if (content.starts_with("\xFE\xFF")) return from_utf16(content.substr(2), true);
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  return std::string(content);
}

}  // namespace muster::text
