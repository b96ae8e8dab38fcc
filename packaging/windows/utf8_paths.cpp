// std::filesystem::path from char: the C++ library of mingw-w64 takes the bytes by the C locale, in which they are single
// characters, though path::string() gives UTF-8. Linked with --wrap in the place of the conversion, so that every path is
// made of UTF-8, as on the other systems. What is no UTF-8 becomes U+FFFD: a path from outside is no reason to throw.
#include <locale>
#include <string_view>

namespace {

constexpr char32_t replacement = 0xFFFD;

struct CodePoint {
  char32_t value = replacement;
  std::size_t size = 1;  // bytes
};

std::size_t length_by_first(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

CodePoint first_of(std::string_view text) {
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = length_by_first(first);
  if (size == 1) return {first, 1};
  if (size == 0 || size > text.size()) return {};

  char32_t value = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80) return {};
    value = (value << 6U) | (next & 0x3FU);
  }
  const bool is_surrogate = value >= 0xD800 && value < 0xE000;
  if (value < least[size] || is_surrogate || value > 0x10FFFF) return {};
  return {value, size};
}

}  // namespace

// std::codecvt<wchar_t, char, std::mbstate_t>::do_in() const
extern "C" std::codecvt_base::result __wrap__ZNKSt7codecvtIwciE5do_inERiPKcS3_RS3_PwS5_RS5_(
    const void* /*self*/, std::mbstate_t& /*state*/, const char* from, const char* from_end, const char*& from_next,
    wchar_t* to, wchar_t* to_end, wchar_t*& to_next) {
  while (from != from_end) {
    const CodePoint point = first_of({from, from_end});
    const bool is_pair = point.value > 0xFFFF;
    if (to_end - to < (is_pair ? 2 : 1)) break;

    if (is_pair) {
      const char32_t rest = point.value - 0x10000;
      *to++ = static_cast<wchar_t>(0xD800 | (rest >> 10U));
      *to++ = static_cast<wchar_t>(0xDC00 | (rest & 0x3FFU));
    } else {
      *to++ = static_cast<wchar_t>(point.value);
    }
    from += point.size;
  }

  from_next = from;
  to_next = to;
  return from == from_end ? std::codecvt_base::ok : std::codecvt_base::partial;
}
