// DER (X.690) as a tree that can be changed and written again, with every length correct.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::fuzzing {

struct Node {
  enum class Form {
    primitive,    // `content` alone
    constructed,  // `children`
    octets,       // an octet string whose content is DER: `children`
    bits,         // a bit string whose content is DER: `children`, behind a count of unused bits
    encrypted,    // as octets, and to be encrypted before it is written (pkcs12_seal.h)
  };

  std::string tag;  // identifier octets
  Form form = Form::primitive;
  std::string content;
  std::vector<Node> children;
};

// Universal tags, as one identifier octet each.
inline constexpr char tag_integer = 0x02;
inline constexpr char tag_bit_string = 0x03;
inline constexpr char tag_octet_string = 0x04;
inline constexpr char tag_null = 0x05;
inline constexpr char tag_object_identifier = 0x06;
inline constexpr char tag_sequence = 0x30;
inline constexpr char tag_set = 0x31;

// Elements that follow each other and end where `bytes` ends; nullopt for anything else. An octet or bit string whose
// content can be read in this way is taken apart too.
std::optional<std::vector<Node>> parse_der(std::string_view bytes);

std::string encode(const Node& node);
std::string encode(const std::vector<Node>& nodes);

// Every node of a tree, parents before children. The pointers hold until the tree is changed.
std::vector<Node*> all_nodes(std::vector<Node>& nodes);

}  // namespace muster::fuzzing
