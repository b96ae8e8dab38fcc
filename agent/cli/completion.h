// Completions of shells, made from the grammar: packaging/completions/ holds them, scripts/update-docs renews them.
#pragma once

#include <string>

namespace muster::cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace muster::cli
