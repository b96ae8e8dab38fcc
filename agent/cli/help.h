// The text of --help, from the grammar.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace muster::cli {

// The deepest command that was typed so far; `root` where none was.
const CLI::App& chosen_command(const CLI::App& root);

std::string full_name(const CLI::App& command);  // "muster cert import"

// The help of chosen_command(root), 100 columns wide at most.
std::string help_of(const CLI::App& root);

}  // namespace muster::cli
