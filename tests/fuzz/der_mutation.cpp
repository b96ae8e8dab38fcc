#include "tests/fuzz/der_mutation.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace muster::fuzzing {
namespace {

using namespace std::string_view_literals;

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

Node& any_of(std::vector<Node*> nodes, Random& random) { return *nodes[below(random, nodes.size())]; }

std::vector<Node*> nodes_where(std::vector<Node>& tree, const std::function<bool(const Node&)>& wanted) {
  std::vector<Node*> found = all_nodes(tree);
  std::erase_if(found, [&](const Node* node) { return !wanted(*node); });
  return found;
}

// A list that something can be taken out of: the children of a node, or the tree itself.
std::vector<Node>& any_list(std::vector<Node>& tree, Random& random) {
  const auto parents = nodes_where(tree, [](const Node& node) { return !node.children.empty(); });
  const std::size_t chosen = below(random, parents.size() + 1);
  return chosen == parents.size() ? tree : parents[chosen]->children;
}

void erase_one(std::vector<Node>& tree, Random& random) {
  std::vector<Node>& list = any_list(tree, random);
  if (!list.empty()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(below(random, list.size())));
}

// As a maker that leaves out everything optional at the end.
void cut_list(std::vector<Node>& tree, Random& random) {
  std::vector<Node>& list = any_list(tree, random);
  list.resize(below(random, list.size() + 1));
}

void double_one(std::vector<Node>& tree, Random& random) {
  std::vector<Node>& list = any_list(tree, random);
  if (list.empty()) return;
  Node copy = list[below(random, list.size())];
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(below(random, list.size() + 1)), std::move(copy));
}

void swap_two(std::vector<Node>& tree, Random& random) {
  std::vector<Node>& list = any_list(tree, random);
  if (list.size() < 2) return;
  std::swap(list[below(random, list.size())], list[below(random, list.size())]);
}

void insert_one(std::vector<Node>& tree, Random& random) {
  Node node;
  constexpr std::array tags{tag_integer, tag_octet_string, tag_null, tag_sequence, tag_set, '\xA0', '\xA1', '\x80'};
  node.tag = std::string(1, tags[below(random, tags.size())]);
  std::vector<Node>& list = any_list(tree, random);
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(below(random, list.size() + 1)), std::move(node));
}

void empty_one(std::vector<Node>& tree, Random& random) {
  Node& node = any_of(all_nodes(tree), random);
  node.content.clear();
  node.children.clear();
}

void change_tag(std::vector<Node>& tree, Random& random) {
  constexpr std::array tags{tag_integer,  tag_bit_string, tag_octet_string, tag_null, tag_object_identifier,
                            tag_sequence, tag_set,        '\x0A',           '\x0C',   '\x17',
                            '\x18',       '\x80',         '\x81',           '\xA0',   '\xA1'};
  Node& node = any_of(all_nodes(tree), random);
  constexpr unsigned constructed_bit = 0x20;
  if (below(random, 4) == 0) {
    node.tag.front() = static_cast<char>(static_cast<unsigned char>(node.tag.front()) ^ constructed_bit);
  } else {
    node.tag = std::string(1, tags[below(random, tags.size())]);
  }
}

void replace_by_another(std::vector<Node>& tree, Random& random) {
  const Node copy = any_of(all_nodes(tree), random);
  any_of(all_nodes(tree), random) = copy;
}

void wrap_one(std::vector<Node>& tree, Random& random) {
  constexpr std::array tags{tag_sequence, tag_set, '\xA0', '\xA1'};
  Node& node = any_of(all_nodes(tree), random);
  Node outer;
  outer.tag = std::string(1, tags[below(random, tags.size())]);
  outer.form = Node::Form::constructed;
  outer.children.push_back(std::move(node));
  node = std::move(outer);
}

void unwrap_one(std::vector<Node>& tree, Random& random) {
  const auto parents = nodes_where(tree, [](const Node& node) { return !node.children.empty(); });
  if (parents.empty()) return;
  Node& node = any_of(parents, random);
  Node inner = std::move(node.children.front());
  node = std::move(inner);
}

void extreme_integer(std::vector<Node>& tree, Random& random) {
  constexpr std::array values{"\x00"sv,     "\x01"sv,         "\xFF"sv,         "\x7F"sv,
                              "\x00\xFF"sv, "\x7F\xFF\xFF"sv, "\x01\x01\x01"sv, "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv,
                              ""sv,         "\x80\x00\x00"sv, "\xFF\xFF\xFF"sv, "\x00\x80\x00\x00\x00"sv};
  const auto integers = nodes_where(tree, [](const Node& node) { return node.tag.front() == tag_integer; });
  if (integers.empty()) return;
  any_of(integers, random).content = values[below(random, values.size())];
}

// One that stands elsewhere: another algorithm, another kind of bag.
void other_identifier(std::vector<Node>& tree, Random& random) {
  const auto identifiers =
      nodes_where(tree, [](const Node& node) { return node.tag.front() == tag_object_identifier; });
  if (identifiers.empty()) return;
  const std::string content = any_of(identifiers, random).content;
  any_of(identifiers, random).content = content;
}

void change_bytes(std::vector<Node>& tree, Random& random, const MutateBytes& mutate_bytes) {
  constexpr std::size_t growth = 64;
  const auto values = nodes_where(tree, [](const Node& node) { return node.form == Node::Form::primitive; });
  if (values.empty()) return;
  Node& node = any_of(values, random);
  const std::size_t max_size = node.content.size() + growth;
  node.content = mutate_bytes(std::move(node.content), max_size);
}

}  // namespace

void mutate(std::vector<Node>& tree, Random& random, const MutateBytes& mutate_bytes) {
  using Change = void (*)(std::vector<Node>&, Random&);
  constexpr std::array<Change, 12> changes{erase_one,  cut_list,           double_one,      swap_two,
                                           insert_one, empty_one,          change_tag,      wrap_one,
                                           unwrap_one, replace_by_another, extreme_integer, other_identifier};

  const std::size_t count = 1 + below(random, 4);
  for (std::size_t i = 0; i < count && !tree.empty(); ++i) {
    const std::size_t chosen = below(random, changes.size() + 4);
    if (chosen < changes.size()) {
      changes[chosen](tree, random);
    } else {
      change_bytes(tree, random, mutate_bytes);
    }
  }
}

void cross_over(std::vector<Node>& tree, std::vector<Node> other, Random& random) {
  if (tree.empty() || other.empty()) return;
  Node taken = any_of(all_nodes(other), random);
  any_of(all_nodes(tree), random) = std::move(taken);
}

}  // namespace muster::fuzzing
