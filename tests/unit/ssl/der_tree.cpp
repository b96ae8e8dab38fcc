#include "tests/unit/ssl/der_tree.h"

#include <openssl/evp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

namespace muster::testing {
namespace {

constexpr unsigned char constructed = 0x20;
constexpr unsigned char octet_string = 0x04;
constexpr unsigned char sequence = 0x30;
constexpr unsigned char null = 0x05;
constexpr std::size_t longest_short_form = 0x7F;

// Takes the length off the beginning; nullopt: it is not DER, or longer than the rest.
std::optional<std::size_t> take_length(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  std::size_t length = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  if (length > longest_short_form) {
    const std::size_t bytes = length & longest_short_form;
    if (bytes == 0 || bytes > 4 || bytes > rest.size()) return std::nullopt;
    length = 0;
    for (const char byte : rest.substr(0, bytes)) length = length << 8U | static_cast<unsigned char>(byte);
    rest.remove_prefix(bytes);
  }
  return length <= rest.size() ? std::optional(length) : std::nullopt;
}

bool may_nest(unsigned char tag, std::string_view content) {
  if ((tag & constructed) != 0) return true;
  return tag == octet_string && !content.empty() && static_cast<unsigned char>(content.front()) == sequence;
}

std::string length_of(std::size_t size) {
  if (size <= longest_short_form) return std::string(1, static_cast<char>(size));
  std::string bytes;
  for (; size > 0; size >>= 8U) bytes.insert(bytes.begin(), static_cast<char>(size & 0xFFU));
  return static_cast<char>(0x80U | bytes.size()) + bytes;
}

using Change = std::function<void(std::vector<DerElement>& siblings, std::size_t at)>;

const std::vector<Change>& changes() {
  static const std::vector<Change> all{
      [](auto& siblings, std::size_t at) { siblings.erase(siblings.begin() + static_cast<std::ptrdiff_t>(at)); },
      [](auto& siblings, std::size_t at) { siblings[at] = DerElement{siblings[at].tag}; },
      [](auto& siblings, std::size_t at) { siblings[at] = DerElement{null}; },
      [](auto& siblings, std::size_t at) {
        const DerElement twin = siblings[at];
        siblings.insert(siblings.begin() + static_cast<std::ptrdiff_t>(at), twin);
      }};
  return all;
}

void change_each(DerElement& whole, std::vector<DerElement>& siblings,
                 const std::function<void(const std::string&)>& use) {
  for (std::size_t at = 0; at < siblings.size(); ++at) {
    const std::vector<DerElement> before = siblings;
    for (const Change& change : changes()) {
      change(siblings, at);
      use(to_der(whole));
      siblings = before;
    }
    change_each(whole, siblings[at].elements, use);
  }
}

}  // namespace

std::vector<DerElement> parse_der(std::string_view bytes) {
  std::vector<DerElement> elements;
  while (!bytes.empty()) {
    DerElement element{static_cast<unsigned char>(bytes.front())};
    bytes.remove_prefix(1);
    const auto length = take_length(bytes);
    if (!length) return {};

    const std::string_view content = bytes.substr(0, *length);
    bytes.remove_prefix(*length);
    if (may_nest(element.tag, content)) element.elements = parse_der(content);
    if (element.elements.empty()) element.content = content;
    elements.push_back(std::move(element));
  }
  return elements;
}

std::string to_der(const DerElement& element) {
  std::string content = element.content;
  for (const DerElement& one : element.elements) content += to_der(one);
  return static_cast<char>(element.tag) + length_of(content.size()) + content;
}

void for_each_broken(std::string_view der, const std::function<void(const std::string&)>& use) {
  std::vector<DerElement> whole = parse_der(der);
  REQUIRE(whole.size() == 1);
  REQUIRE(to_der(whole.front()) == der);
  change_each(whole.front(), whole.front().elements, use);
}

std::string as_pem(const std::string& der, const std::string& name) {
  std::string base64(4 * ((der.size() + 2) / 3) + 1, '\0');
  base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                                         reinterpret_cast<const unsigned char*>(der.data()),
                                                         static_cast<int>(der.size()))));
  std::string text = "-----BEGIN " + name + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) text += base64.substr(at, 64) + "\n";
  return text + "-----END " + name + "-----\n";
}

}  // namespace muster::testing
