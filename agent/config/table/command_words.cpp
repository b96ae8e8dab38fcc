#include "agent/config/table/command_words.h"

#include <filesystem>

namespace muster::config {

tl::expected<std::vector<std::string>, std::string> command_words(std::string_view command) {
  std::vector<std::string> words;
  bool in_word = false;
  bool in_quotes = false;

  for (const char c : command) {
    if (!in_quotes && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }

    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '"') {
      in_quotes = !in_quotes;
    } else {
      words.back() += c;
    }
  }

  if (in_quotes) return tl::unexpected<std::string>("has a quote that is not closed");
  if (words.empty()) return tl::unexpected<std::string>("names no program");
  if (!std::filesystem::path(words.front()).is_absolute()) {
    return tl::unexpected<std::string>("does not begin with the absolute path of a program");
  }
  return words;
}

}  // namespace muster::config
