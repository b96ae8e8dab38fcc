// Every error that a transfer can end with, made by the product's own code.
#pragma once

#include <string>
#include <vector>

namespace muster::test {

// The beginnings of those whose words, up to their first changing part, do not stand in the document.
std::vector<std::string> errors_missing_in(const std::string& document);

}  // namespace muster::test
