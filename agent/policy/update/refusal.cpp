#include "agent/policy/update/refusal.h"

#include <fmt/core.h>

#include <array>

namespace muster::update {

std::string_view name(Reason reason) {
  static constexpr std::array words{"none",          "current",     "not-in-rollout", "not-wanted",    "malformed",
                                    "unknown-key",   "revoked-key", "bad-signature",  "wrong-product", "wrong-platform",
                                    "not-yet-valid", "replayed",    "frozen",         "mixed",         "old",
                                    "rolled-back",   "withdrawn",   "longer",         "shorter",       "wrong-digest",
                                    "lost-state",    "no-key"};
  static_assert(words.size() == static_cast<std::size_t>(Reason::no_key) + 1);
  return words.at(static_cast<std::size_t>(reason));
}

std::string in_words(const Refusal& refusal) { return fmt::format("{}: {}", name(refusal.reason), refusal.text); }

}  // namespace muster::update
