// Changes a DER tree as a careless or hostile maker would: fields missing, doubled, empty, of another type, too large.
#pragma once

#include <cstddef>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/der_tree.h"

namespace muster::fuzzing {

using Random = std::minstd_rand;

// Changes the bytes of one value, at most to `max_size` bytes: libFuzzer's own mutation.
using MutateBytes = std::function<std::string(std::string value, std::size_t max_size)>;

// Between one and four changes.
void mutate(std::vector<Node>& tree, Random& random, const MutateBytes& mutate_bytes);

// Replaces one part of `tree` by one of `other`.
void cross_over(std::vector<Node>& tree, std::vector<Node> other, Random& random);

}  // namespace muster::fuzzing
