// What is wrong with one preference, and where it was written. Mistakes are collected and reported all at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"

namespace muster::config {

struct Mistake {
  std::string origin;  // "/var/opt/managesoft/etc/config.ini:14" or "-o"
  std::string text;    // what is wrong; holds no secret
  std::string remedy;  // an imperative
};

using Mistakes = std::vector<Mistake>;

// One error of kind preference that names them all (beyond fifty: how many more). `mistakes` is not empty.
Error error_of(const Mistakes& mistakes);

// Text from a file for a message: at most 80 bytes of it, and nothing that stands before an '@'.
std::string excerpt(std::string_view text);

}  // namespace muster::config
