#include "tests/fuzz/structure.h"

#include <array>
#include <functional>
#include <utility>

#include "tests/fuzz/pem_text.h"
#include "tests/fuzz/pkcs12_seal.h"
#include "tests/fuzz/signing.h"

namespace muster::fuzzing {
namespace {

constexpr std::size_t max_growth = 256;

using Tree = std::vector<Node>;
using Change = std::function<void(Tree&)>;

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

bool seldom(Random& random) { return below(random, 8) == 0; }

std::string change_as_bytes(std::string_view input, const MutateBytes& mutate_bytes) {
  return mutate_bytes(std::string(input), input.size() + max_growth);
}

// PKCS#12

std::string with_open_pkcs12(Tree file, Random& random, const Change& change) {
  unlock(file);
  change(file);
  lock(file);
  if (!seldom(random)) seal(file);
  return encode(file);
}

std::string change_pkcs12(std::string_view input, Random& random, const MutateBytes& mutate_bytes) {
  auto file = parse_der(input);
  if (!file || seldom(random)) return change_as_bytes(input, mutate_bytes);
  return with_open_pkcs12(std::move(*file), random, [&](Tree& tree) { mutate(tree, random, mutate_bytes); });
}

std::string cross_pkcs12(std::string_view input, std::string_view other, Random& random) {
  auto file = parse_der(input);
  auto donor = parse_der(other);
  if (!file || !donor) return std::string(input);
  unlock(*donor);
  return with_open_pkcs12(std::move(*file), random, [&](Tree& tree) { cross_over(tree, *donor, random); });
}

// OCSP

// OCSPResponse ::= { status, [0] { type, OCTET STRING { BasicOCSPResponse } } }
Tree* basic_response(Tree& response) {
  Tree* list = &response;
  for (const std::size_t step : {0U, 1U, 0U, 1U, 0U}) {
    if (step >= list->size()) return nullptr;
    list = &(*list)[step].children;
  }
  return list;
}

std::string signed_ocsp(Tree response, Random& random) {
  Tree* const basic = basic_response(response);
  if (basic != nullptr && !seldom(random))
    sign(*basic, basic->size() > 3 && below(random, 2) == 0 ? "responder" : "issuing");
  return encode(response);
}

std::string change_ocsp(std::string_view input, Random& random, const MutateBytes& mutate_bytes) {
  auto response = parse_der(input);
  if (!response || seldom(random)) return change_as_bytes(input, mutate_bytes);
  mutate(*response, random, mutate_bytes);
  return signed_ocsp(std::move(*response), random);
}

std::string cross_ocsp(std::string_view input, std::string_view other, Random& random) {
  auto response = parse_der(input);
  auto donor = parse_der(other);
  if (!response || !donor) return std::string(input);
  cross_over(*response, std::move(*donor), random);
  return signed_ocsp(std::move(*response), random);
}

// PEM, of which CRLs are a part

void sign_crls(Tree& crls, Random& random) {
  for (Node& crl : crls) {
    if (!seldom(random)) sign(crl.children, seldom(random) ? "root" : "issuing");
  }
}

void change_block(PemBlock& block, Random& random, const Change& change) {
  auto tree = parse_der(decode_base64(block.body));
  if (!tree) return;
  unlock(*tree);
  change(*tree);
  lock(*tree);
  if (block.label == "X509 CRL") sign_crls(*tree, random);
  block.body = encode_body(encode(*tree));
}

// Blocks come in another order, twice, not at all or under another name.
void change_blocks(PemText& text, Random& random) {
  constexpr std::array labels{"CERTIFICATE",      "TRUSTED CERTIFICATE",   "X509 CRL",       "PRIVATE KEY",
                              "RSA PRIVATE KEY",  "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "EC PARAMETERS",
                              "X509 CERTIFICATE", "CERTIFICATE REQUEST",   "PKCS7",          ""};
  std::vector<PemBlock>& blocks = text.blocks;
  const std::size_t chosen = below(random, blocks.size());
  switch (below(random, 4)) {
    case 0: blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(chosen)); break;
    case 1: blocks.push_back(blocks[chosen]); break;
    case 2: std::swap(blocks[chosen], blocks.front()); break;
    default: blocks[chosen].label = labels[below(random, labels.size())]; break;
  }
}

std::string change_pem(std::string_view input, Random& random, const MutateBytes& mutate_bytes) {
  PemText text = parse_pem(input);
  if (text.blocks.empty() || seldom(random)) return change_as_bytes(input, mutate_bytes);
  if (below(random, 4) == 0) {
    change_blocks(text, random);
  } else {
    change_block(text.blocks[below(random, text.blocks.size())], random,
                 [&](Tree& tree) { mutate(tree, random, mutate_bytes); });
  }
  return encode(text);
}

std::string cross_pem(std::string_view input, std::string_view other, Random& random) {
  PemText text = parse_pem(input);
  const PemText donor = parse_pem(other);
  if (text.blocks.empty() || donor.blocks.empty()) return std::string(input);
  const PemBlock& block = donor.blocks[below(random, donor.blocks.size())];
  if (below(random, 2) == 0) {
    text.blocks.push_back(block);
  } else {
    auto inside = parse_der(decode_base64(block.body));
    if (inside) {
      change_block(text.blocks[below(random, text.blocks.size())], random,
                   [&](Tree& tree) { cross_over(tree, std::move(*inside), random); });
    }
  }
  return encode(text);
}

std::string change_crl(std::string_view input, Random& random, const MutateBytes& mutate_bytes) {
  auto tree = parse_der(input);
  if (!tree || tree->empty()) return change_pem(input, random, mutate_bytes);
  mutate(*tree, random, mutate_bytes);
  sign_crls(*tree, random);
  return encode(*tree);
}

std::string cross_crl(std::string_view input, std::string_view other, Random& random) {
  auto tree = parse_der(input);
  auto donor = parse_der(other);
  if (!tree || !donor) return cross_pem(input, other, random);
  cross_over(*tree, std::move(*donor), random);
  sign_crls(*tree, random);
  return encode(*tree);
}

}  // namespace

const Structure* find_structure(std::string_view target) {
  static constexpr std::array<Structure, 4> structures{{
      {"crl", change_crl, cross_crl},
      {"ocsp", change_ocsp, cross_ocsp},
      {"pem", change_pem, cross_pem},
      {"pkcs12", change_pkcs12, cross_pkcs12},
  }};
  for (const Structure& structure : structures) {
    if (structure.target == target) return &structure;
  }
  return nullptr;
}

}  // namespace muster::fuzzing
