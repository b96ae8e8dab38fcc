// How libFuzzer changes inputs that have a structure: the tree is changed, and lengths, encryption, seals and
// signatures are made to fit again. One change in eight leaves the seal as it was.
#pragma once

#include <string>
#include <string_view>

#include "tests/fuzz/der_mutation.h"

namespace muster::fuzzing {

// Of an input that has no such structure, its bytes are changed.
struct Structure {
  std::string_view target;
  std::string (*change)(std::string_view input, Random& random, const MutateBytes& mutate_bytes);
  std::string (*cross)(std::string_view input, std::string_view other, Random& random);
};

// nullptr: inputs of this target are plain text.
const Structure* find_structure(std::string_view target);

}  // namespace muster::fuzzing
