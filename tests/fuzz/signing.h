// Signs what was changed with a key of the corpora's CA, so that not every change ends at a wrong signature.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/der_tree.h"

namespace muster::fuzzing {

// SEQUENCE { content, algorithm, BIT STRING }, as certificates, CRLs and OCSP answers have it: the bit string becomes
// the ECDSA signature over the content. `signer` names a key in authority/. Nothing happens where the shape is another.
void sign(std::vector<Node>& structure, const std::string& signer);

}  // namespace muster::fuzzing
