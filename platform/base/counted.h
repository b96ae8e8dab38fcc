// Numbers with their noun.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::text {

// "1 file", "2 files": for nouns that take an s.
inline std::string counted(std::uint64_t number, std::string_view noun) {
  std::string text = std::to_string(number) + " ";
  text += noun;
  return number == 1 ? text : text + "s";
}

}  // namespace muster::text
