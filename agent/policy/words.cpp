#include "agent/policy/words.h"

#include <fmt/core.h>

namespace muster::policy {

std::string record_in_words(const Record& record, const std::string& lapsed) {
  std::string text = "none applied";
  if (record.applied) {
    const std::string which = record.is_signed ? fmt::format("{} (signed)", record.number) : "unsigned";
    text = fmt::format("{}, applied {} from {}", which, iso8601(record.applied_at), record.source);
  }
  return lapsed.empty() ? text : fmt::format("{}; NOT IN FORCE: {}", text, lapsed);
}

std::string trial_in_words(const Record& record) {
  if (!record.trial) return {};
  const Trial& trial = *record.trial;
  const std::string waits_for = !trial.uploaded && !trial.fetched ? "an upload and a policy have"
                                : trial.uploaded                  ? "a policy has"
                                                                  : "an upload has";
  return fmt::format("the new beacon list is on trial: {} to go through it; {} of {} hours of running time are over",
                     waits_for, trial.ran.count() / 3600, trial_time.count() / 3600);
}

std::vector<std::string> trial_lines(const Record& record, const std::string& lapsed) {
  std::vector<std::string> lines;
  if (lapsed.empty()) lines.push_back(trial_in_words(record));
  lines.push_back(record.trial_end);
  std::erase(lines, "");
  return lines;
}

}  // namespace muster::policy
