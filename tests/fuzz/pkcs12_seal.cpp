#include "tests/fuzz/pkcs12_seal.h"

#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>

#include <array>
#include <cstddef>
#include <memory>

namespace muster::fuzzing {
namespace {

constexpr int password_size = sizeof corpus_password - 1;
constexpr long max_rounds = 4096;  // a mutation must not take long

using AlgorithmPtr = std::unique_ptr<X509_ALGOR, decltype(&X509_ALGOR_free)>;

const unsigned char* octets(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

bool is_value(const Node& node) {
  const bool octet_string = node.tag.front() == tag_octet_string || node.tag.front() == '\x80';
  return octet_string && (node.form == Node::Form::primitive || node.form == Node::Form::encrypted);
}

// An integer anywhere below: the number of rounds is one of them, and none of the others is large.
bool takes_long(const Node& node) {
  if (node.tag.front() == tag_integer) {
    long value = 0;
    for (const char byte : node.content)
      value = value > max_rounds ? value : value * 256 + static_cast<unsigned char>(byte);
    return value > max_rounds;
  }
  for (const Node& child : node.children) {
    if (takes_long(child)) return true;
  }
  return false;
}

// The algorithm that encrypts the values beside it; null where there is none.
AlgorithmPtr algorithm_among(const std::vector<Node>& siblings) {
  for (const Node& node : siblings) {
    if (node.tag.front() != tag_sequence || takes_long(node)) continue;
    const std::string der = encode(node);
    const unsigned char* bytes = octets(der);
    AlgorithmPtr algorithm(d2i_X509_ALGOR(nullptr, &bytes, static_cast<long>(der.size())), &X509_ALGOR_free);
    if (algorithm) return algorithm;
  }
  return {nullptr, &X509_ALGOR_free};
}

// nullopt: the algorithm does not fit, or is unknown.
std::optional<std::string> crypt(const X509_ALGOR* algorithm, const std::string& content, bool encrypts) {
  unsigned char* result = nullptr;
  int size = 0;
  const bool done = PKCS12_pbe_crypt(algorithm, corpus_password, password_size, octets(content),
                                     static_cast<int>(content.size()), &result, &size, encrypts ? 1 : 0) != nullptr;
  ERR_clear_error();
  if (!done) return std::nullopt;

  std::string text(reinterpret_cast<char*>(result), static_cast<std::size_t>(size));
  OPENSSL_free(result);
  return text;
}

void unlock_list(std::vector<Node>& list) {
  const AlgorithmPtr algorithm = algorithm_among(list);
  for (Node& node : list) {
    if (algorithm && is_value(node)) {
      const auto plain = crypt(algorithm.get(), node.content, false);
      auto inside = plain ? parse_der(*plain) : std::nullopt;
      if (inside && !inside->empty()) {
        node.form = Node::Form::encrypted;
        node.children = std::move(*inside);
        node.content.clear();
      }
    }
    unlock_list(node.children);
  }
}

void lock_list(std::vector<Node>& list) {
  for (Node& node : list) lock_list(node.children);

  const AlgorithmPtr algorithm = algorithm_among(list);
  for (Node& node : list) {
    if (node.form != Node::Form::encrypted) continue;
    node.content = encode(node.children);
    node.children.clear();
    node.form = Node::Form::primitive;
    if (!algorithm) continue;
    if (auto secret = crypt(algorithm.get(), node.content, true)) node.content = std::move(*secret);
  }
}

// The node at the end of a way of child numbers; null where there is none.
Node* descend(std::vector<Node>& nodes, std::initializer_list<std::size_t> way) {
  std::vector<Node>* list = &nodes;
  Node* node = nullptr;
  for (const std::size_t number : way) {
    if (number >= list->size()) return nullptr;
    node = &(*list)[number];
    list = &node->children;
  }
  return node;
}

const EVP_MD* digest_of(const Node& identifier) {
  const std::string der = encode(identifier);
  const unsigned char* bytes = octets(der);
  const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> object(
      d2i_ASN1_OBJECT(nullptr, &bytes, static_cast<long>(der.size())), &ASN1_OBJECT_free);
  const EVP_MD* digest = object ? EVP_get_digestbyobj(object.get()) : nullptr;
  ERR_clear_error();
  return digest;
}

long rounds_of(const Node* node) {
  if (node == nullptr) return 1;
  long value = 0;
  for (const char byte : node->content)
    value = value > max_rounds ? value : value * 256 + static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

void unlock(std::vector<Node>& tree) { unlock_list(tree); }

void lock(std::vector<Node>& tree) { lock_list(tree); }

// PFX ::= { version, authSafe { type, [0] { content } }, macData { mac { algorithm { id, ... }, digest }, salt, rounds
// } }
void seal(std::vector<Node>& file) {
  const Node* const content = descend(file, {0, 1, 1, 0});
  const Node* const identifier = descend(file, {0, 2, 0, 0, 0});
  Node* const mac = descend(file, {0, 2, 0, 1});
  const Node* const salt = descend(file, {0, 2, 1});
  const long rounds = rounds_of(descend(file, {0, 2, 2}));
  if (content == nullptr || identifier == nullptr || mac == nullptr || salt == nullptr) return;
  if (rounds < 1 || rounds > max_rounds) return;

  const EVP_MD* const digest = digest_of(*identifier);
  if (digest == nullptr) return;

  std::array<unsigned char, EVP_MAX_MD_SIZE> key{};
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  std::string salt_text = salt->form == Node::Form::primitive ? salt->content : encode(salt->children);
  const int key_size = EVP_MD_get_size(digest);
  const bool derived =
      PKCS12_key_gen_utf8(corpus_password, password_size, reinterpret_cast<unsigned char*>(salt_text.data()),
                          static_cast<int>(salt_text.size()), PKCS12_MAC_ID, static_cast<int>(rounds), key_size,
                          key.data(), digest) == 1;

  const std::string sealed = content->form == Node::Form::primitive ? content->content : encode(content->children);
  unsigned size = 0;
  if (derived && HMAC(digest, key.data(), key_size, octets(sealed), sealed.size(), value.data(), &size) != nullptr) {
    mac->form = Node::Form::primitive;
    mac->children.clear();
    mac->content.assign(reinterpret_cast<const char*>(value.data()), size);
  }
  ERR_clear_error();
}

}  // namespace muster::fuzzing
