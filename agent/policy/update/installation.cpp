#include "agent/policy/update/installation.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace muster::update {
namespace {

constexpr std::chrono::hours recently{1};

constexpr std::array<std::string_view, 4> step_names{"none", "installing", "on-trial", "restoring"};
static_assert(step_names.size() == static_cast<std::size_t>(Step::restoring) + 1);

std::string label(const StoredPackage& package) {
  return fmt::format("release {} ({})", package.number, package.version);
}

// Gives the number up for good, and the version before it back where that is there.
Installation give_up(Installation record, const std::string& why) {
  record.rolled_back.insert(record.next.number);
  record.tries = 0;
  if (record.kept) {
    record.step = Step::restoring;
    record.result = fmt::format("{} is taken back: {}", label(record.next), why);
  } else {
    record.step = Step::none;
    record.result = fmt::format("{} does not work: {}; no package of the version before is there to go back to",
                                label(record.next), why);
  }
  return record;
}

}  // namespace

std::string_view name(Step step) { return step_names.at(static_cast<std::size_t>(step)); }

std::optional<Step> step_of(std::string_view name) {
  const auto* const found = std::find(step_names.begin(), step_names.end(), name);
  if (found == step_names.end()) return std::nullopt;
  return static_cast<Step>(found - step_names.begin());
}

Past past_of(const Installation& record) {
  Past past;
  past.number = record.number;
  past.rolled_back = record.rolled_back;
  past.freshness = record.freshness;
  return past;
}

Installation begin(Installation record, const Release& release, std::uint64_t installed,
                   const std::optional<Health>& before, WallTime now) {
  const bool same = record.next.number == release.number;
  record.step = Step::installing;
  record.tries = same ? record.tries + 1 : 1;
  record.next = {release.number, release.version, release.sha256};
  record.ran = seconds(0);

  const bool reached = before && before->handshake && now - *before->handshake < recently;
  record.was_offline = !reached;
  record.former_problem = before ? before->problem : std::string();
  if (record.kept && record.kept->number != installed) record.kept.reset();

  record.refusal.clear();
  record.result = fmt::format("{} is being installed", label(record.next));
  return record;
}

Installation after_install(Installation record) {
  record.step = Step::on_trial;
  record.tries = 0;
  record.number = std::max(record.number, record.next.number);
  record.result = fmt::format("{} is installed and on trial", label(record.next));
  return record;
}

Installation after_failed_install(Installation record, bool changed, const std::string& why) {
  if (changed || record.tries >= max_tries) return give_up(std::move(record), why);
  record.step = Step::none;
  record.result = fmt::format("{} could not be installed and is tried again: {}", label(record.next), why);
  return record;
}

TrialVerdict judge_trial(const Installation& record, const std::optional<Health>& health) {
  const bool ready = health && health->number == record.next.number;
  const bool reached = ready && health->handshake;
  const bool new_problem = ready && !health->problem.empty() && health->problem != record.former_problem;
  if (reached && !new_problem) return {Verdict::healthy, {}};
  if (record.ran < trial_time) return {Verdict::wait, {}};

  if (!ready) return {Verdict::failed, "it was not ready within ten minutes"};
  if (new_problem)
    return {Verdict::failed, fmt::format("it has a problem that the version before had not: {}", health->problem)};
  if (record.was_offline) return {Verdict::wait, {}};
  return {Verdict::failed, "it reached no beacon within ten minutes"};
}

Installation after_trial(Installation record, const TrialVerdict& verdict) {
  if (verdict.verdict == Verdict::failed) return give_up(std::move(record), verdict.why);
  record.step = Step::none;
  record.kept = record.next;
  record.result = fmt::format("{} is installed", label(record.next));
  return record;
}

bool is_other_install(const Installation& record, std::uint64_t installed) {
  if (record.step == Step::none || installed == 0 || installed == record.next.number) return false;
  if (record.step == Step::on_trial) return true;
  if (record.kept) return installed != record.kept->number;
  return installed > record.next.number;  // the version before is not known; it was a lower one
}

Installation after_other_install(Installation record, std::uint64_t installed) {
  const char* const what = record.step == Step::on_trial ? "trial of" : "update to";
  record.step = Step::none;
  record.kept.reset();
  record.result =
      fmt::format("the {} {} is over: release {} was installed by hand", what, label(record.next), installed);
  return record;
}

Installation after_restore(Installation record) {
  record.step = Step::none;
  record.result += fmt::format("; {} is installed again", label(*record.kept));
  return record;
}

Installation after_refusal(Installation record, const Refusal& refusal) {
  record.refusal = in_words(refusal);
  return record;
}

}  // namespace muster::update
