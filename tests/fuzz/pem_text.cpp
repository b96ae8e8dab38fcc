#include "tests/fuzz/pem_text.h"

#include <algorithm>
#include <cctype>

#include "platform/base/text.h"

namespace muster::fuzzing {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view mark_end = "-----";

// The value of a base64 digit, 64 for any other character.
unsigned value_of(char digit) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = digits.find(digit);
  return at == std::string_view::npos ? 64 : static_cast<unsigned>(at);
}

}  // namespace

PemText parse_pem(std::string_view text) {
  PemText parsed;
  for (;;) {
    const std::size_t begin = text.find(begin_mark);
    if (begin == std::string_view::npos) break;
    const std::size_t label = begin + begin_mark.size();
    const std::size_t label_end = text.find(mark_end, label);
    if (label_end == std::string_view::npos) break;
    const std::size_t body = label_end + mark_end.size();
    const std::size_t end = text.find(end_mark, body);
    if (end == std::string_view::npos) break;
    const std::size_t last = text.find(mark_end, end + end_mark.size());
    if (last == std::string_view::npos) break;

    parsed.blocks.push_back({std::string(text.substr(0, begin)), std::string(text.substr(label, label_end - label)),
                             std::string(text.substr(body, end - body))});
    text.remove_prefix(last + mark_end.size());
  }
  parsed.rest = text;
  return parsed;
}

std::string encode(const PemText& text) {
  std::string whole;
  for (const PemBlock& block : text.blocks) {
    whole += block.before;
    whole.append(begin_mark).append(block.label).append(mark_end);
    whole += block.body;
    whole.append(end_mark).append(block.label).append(mark_end);
  }
  return whole + text.rest;
}

std::string decode_base64(std::string_view body) {
  std::string bytes;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : body) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    if (c == '=') break;
    const unsigned value = value_of(c);
    if (value == 64) return {};

    bits = (bits << 6U) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xFFU);
  }
  return bytes;
}

std::string encode_body(std::string_view der) {
  constexpr std::size_t line_length = 64;
  const std::string text = text::base64(der);
  std::string body = "\n";
  for (std::size_t at = 0; at < text.size(); at += line_length) body += text.substr(at, line_length) + '\n';
  return body;
}

}  // namespace muster::fuzzing
