// What --version prints, in curl's order: program, libraries, features.
#pragma once

#include <string>

namespace muster::cli {

std::string version_text();

}  // namespace muster::cli
