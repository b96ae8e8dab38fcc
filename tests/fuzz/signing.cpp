#include "tests/fuzz/signing.h"

#include <openssl/err.h>

#include <array>
#include <cstddef>

#include "tests/fuzz/authority.h"

namespace muster::fuzzing {

void sign(std::vector<Node>& structure, const std::string& signer) {
  if (structure.size() < 3) return;
  const std::string content = encode(structure[0]);
  const testing::Key key = authority_key(signer);

  std::array<unsigned char, 256> signature{};
  std::size_t size = signature.size();
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool done = EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                    EVP_DigestSign(context, signature.data(), &size,
                                   reinterpret_cast<const unsigned char*>(content.data()), content.size()) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  if (!done) return;

  Node& value = structure[2];
  value.tag = std::string(1, tag_bit_string);
  value.form = Node::Form::primitive;
  value.children.clear();
  value.content = std::string(1, '\0') + std::string(reinterpret_cast<char*>(signature.data()), size);
}

}  // namespace muster::fuzzing
