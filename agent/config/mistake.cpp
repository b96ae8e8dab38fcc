#include "agent/config/mistake.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>

namespace muster::config {
namespace {

constexpr std::size_t most_named = 50;
constexpr std::size_t most_cures = 3;

std::string cure_of(const Mistakes& mistakes) {
  std::vector<std::string> remedies;
  for (const Mistake& mistake : mistakes) {
    const bool known = std::find(remedies.begin(), remedies.end(), mistake.remedy) != remedies.end();
    if (!known && !mistake.remedy.empty()) remedies.push_back(mistake.remedy);
  }
  if (remedies.size() > most_cures) return fmt::format("correct these {} mistakes", mistakes.size());
  std::string joined;
  for (const std::string& remedy : remedies) joined += (joined.empty() ? "" : "; ") + remedy;
  return joined;
}

}  // namespace

Error error_of(const Mistakes& mistakes) {
  std::string message;
  for (std::size_t i = 0; i < std::min(mistakes.size(), most_named); ++i) {
    if (i > 0) message += "; ";
    message += mistakes[i].origin + ": " + mistakes[i].text;
  }
  if (mistakes.size() > most_named) message += fmt::format("; and {} more", mistakes.size() - most_named);
  return {ErrorKind::preference, std::move(message), cure_of(mistakes)};
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 80;
  // Before an '@' stand user and password of a URL, also where a URL was written by mistake.
  const auto at = text.rfind('@');
  const bool personal = at != std::string_view::npos;
  if (personal) text.remove_prefix(at);
  std::string shown(text.substr(0, longest));
  if (personal) shown.insert(0, "...");
  if (text.size() > longest) shown += "...";
  return shown;
}

}  // namespace muster::config
