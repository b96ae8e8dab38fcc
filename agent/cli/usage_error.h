// What is wrong with a command line, in our own words: no library wording, no line over 300 characters.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace muster::cli {

// An option was given a value that it does not take. `expected` completes "must be ...".
class WrongValue : public CLI::ValidationError {
 public:
  WrongValue(const std::string& option, const std::string& expected, const std::string& typed);
};

// One line without the remedy. `root` has parsed the command line that led to `error`.
std::string usage_error(const CLI::ParseError& error, const CLI::App& root);

}  // namespace muster::cli
