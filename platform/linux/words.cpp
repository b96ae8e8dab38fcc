#include "platform/linux/words.h"

#include <algorithm>

namespace muster::platform {

std::vector<std::string> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  std::vector<std::string> words;

  for (std::size_t start = line.find_first_not_of(blanks); start != std::string_view::npos;
       start = line.find_first_not_of(blanks, start)) {
    const std::size_t end = std::min(line.find_first_of(blanks, start), line.size());
    words.emplace_back(line.substr(start, end - start));
    start = end;
  }
  return words;
}

}  // namespace muster::platform
