#include "tests/fuzz/der_tree.h"

#include <algorithm>
#include <cstddef>

namespace muster::fuzzing {
namespace {

constexpr int max_depth = 40;
constexpr unsigned char constructed_bit = 0x20;
constexpr unsigned char long_tag = 0x1f;

// Takes bytes off the front of a text, and fails from the first missing one on.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  bool failed() const { return failed_; }

  unsigned char byte() {
    const std::string_view one = take(1);
    return one.empty() ? 0 : static_cast<unsigned char>(one.front());
  }

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string tag() {
    std::string octets(1, static_cast<char>(byte()));
    if ((static_cast<unsigned char>(octets.front()) & long_tag) != long_tag) return octets;

    unsigned char more = 0x80;
    while (!failed_ && (more & 0x80U) != 0) {
      more = byte();
      octets += static_cast<char>(more);
    }
    return octets;
  }

  std::size_t length() {
    constexpr unsigned max_octets = 4;
    const unsigned char first = byte();
    if (first < 0x80) return first;

    const unsigned octets = first & 0x7FU;
    if (octets == 0 || octets > max_octets) {
      failed_ = true;
      return 0;
    }

    std::size_t value = 0;
    for (unsigned i = 0; i < octets; ++i) value = (value << 8U) | byte();
    return value;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::optional<std::vector<Node>> parse_at(std::string_view bytes, int depth);

void take_apart(Node& node, std::string_view content, int depth) {
  const bool constructed = (static_cast<unsigned char>(node.tag.front()) & constructed_bit) != 0;
  const bool bits = node.tag.front() == tag_bit_string && content.starts_with('\0');
  const bool octets = node.tag.front() == tag_octet_string;

  std::optional<std::vector<Node>> inside;
  if (constructed || octets) inside = parse_at(content, depth + 1);
  if (bits) inside = parse_at(content.substr(1), depth + 1);

  if (!inside || (inside->empty() && !constructed)) {
    node.content = content;
    return;
  }
  node.form = constructed ? Node::Form::constructed : octets ? Node::Form::octets : Node::Form::bits;
  node.children = std::move(*inside);
}

std::optional<std::vector<Node>> parse_at(std::string_view bytes, int depth) {
  if (depth > max_depth) return std::nullopt;

  Cursor cursor(bytes);
  std::vector<Node> nodes;
  while (!cursor.at_end()) {
    Node node;
    node.tag = cursor.tag();
    const std::string_view content = cursor.take(cursor.length());
    if (cursor.failed()) return std::nullopt;

    take_apart(node, content, depth);
    nodes.push_back(std::move(node));
  }
  return nodes;
}

void append_length(std::string& text, std::size_t length) {
  if (length < 0x80) {
    text += static_cast<char>(length);
    return;
  }

  std::string octets;
  for (std::size_t rest = length; rest > 0; rest >>= 8U) octets.insert(octets.begin(), static_cast<char>(rest & 0xFFU));
  text += static_cast<char>(0x80U | octets.size());
  text += octets;
}

}  // namespace

std::optional<std::vector<Node>> parse_der(std::string_view bytes) { return parse_at(bytes, 0); }

std::string encode(const Node& node) {
  std::string content = node.content;
  if (node.form != Node::Form::primitive) content = encode(node.children);
  if (node.form == Node::Form::bits) content.insert(content.begin(), '\0');

  std::string text = node.tag;
  append_length(text, content.size());
  return text + content;
}

std::string encode(const std::vector<Node>& nodes) {
  std::string text;
  for (const Node& node : nodes) text += encode(node);
  return text;
}

std::vector<Node*> all_nodes(std::vector<Node>& nodes) {
  std::vector<Node*> found;
  for (Node& node : nodes) {
    found.push_back(&node);
    const auto below = all_nodes(node.children);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

}  // namespace muster::fuzzing
