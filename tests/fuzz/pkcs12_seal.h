// What protects a PKCS#12 file (RFC 7292): taken off before a tree is changed, and put on again afterwards, so that a
// changed file is not refused for its seal alone. Every file of the corpus has the same password.
#pragma once

#include <vector>

#include "tests/fuzz/der_tree.h"

namespace muster::fuzzing {

inline constexpr char corpus_password[] = "geheim";

// Decrypts each part that the password opens; its plain form becomes children of the node.
void unlock(std::vector<Node>& tree);

// Encrypts these parts again, with the algorithm that stands beside them now; they stay plain where it is none.
void lock(std::vector<Node>& tree);

// Writes the MAC that fits to the content, where there is a place for one.
void seal(std::vector<Node>& file);

}  // namespace muster::fuzzing
