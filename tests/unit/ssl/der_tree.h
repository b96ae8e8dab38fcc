// A DER structure taken apart, to make the broken relatives of a good file: each element in turn is left out, emptied
// or replaced, and the rest is put together again with lengths that fit. A parser of such a file meets every optional
// field as absent, and many a mandatory one as well.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testing {

struct DerElement {
  unsigned char tag = 0;
  std::string content = {};               // of a primitive one
  std::vector<DerElement> elements = {};  // of a constructed one, or of an OCTET STRING that holds DER
};

// One element; an empty list where `bytes` is not DER to its end.
std::vector<DerElement> parse_der(std::string_view bytes);
std::string to_der(const DerElement& element);

// Every relative of `der` with one element changed: left out, emptied, replaced by NULL, given twice.
void for_each_broken(std::string_view der, const std::function<void(const std::string&)>& use);

std::string as_pem(const std::string& der, const std::string& name);

}  // namespace muster::testing
