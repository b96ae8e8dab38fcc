// The locations that have shown, in one generation, that they keep what they accept (UploadVerify).
#pragma once

#include <set>
#include <string>

namespace muster::delivery {

using KeptAt = std::set<std::string>;  // ids of locations

}  // namespace muster::delivery
