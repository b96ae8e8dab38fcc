// Root's record of updates, and how it changes: what was installed, the step under way, and what is never tried again.
// Each change is written before what it announces is done, so that whatever interrupts a step, the next start goes on
// with it. Pure; installation_file.h keeps it on disk.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "agent/policy/update/judgement.h"

namespace muster::update {

enum class Step {
  none,
  installing,  // next.package, by the system's tool
  on_trial,    // it is installed, and has not shown yet that it works
  restoring,   // kept.package, by the same tool
};

// "on-trial": stable, for programs.
std::string_view name(Step step);
std::optional<Step> step_of(std::string_view name);

// A package in root's folder.
struct StoredPackage {
  std::uint64_t number = 0;
  std::string version;
  std::string sha256;  // in hex
};

struct Installation {
  // What is never undone.
  std::uint64_t number = 0;  // the highest that was installed
  WallTime freshness{};      // when the newest freshness statement that was seen was issued
  std::set<std::uint64_t> rolled_back;

  // The step under way.
  Step step = Step::none;
  StoredPackage next;
  unsigned tries = 0;  // of installing it; kept when a try failed, for the next one of the same number

  // Of the trial.
  seconds ran{0};              // of this machine's running time, up to trial_time
  bool was_offline = false;    // the version before had no handshake in its last hour either
  std::string former_problem;  // of the version before; empty: none

  std::optional<StoredPackage> kept;  // kept.package: the version that is installed while no step is under way

  // For people. Empty: nothing of that kind.
  std::string refusal;  // of the last staged update
  std::string result;   // of the last step
};

inline constexpr std::chrono::minutes trial_time{10};
inline constexpr unsigned max_tries = 3;

// What the agent reports of itself. The agent writes it, so it decides nothing but whether a trial went well.
struct Health {
  std::uint64_t number = 0;             // of the release that runs
  std::optional<WallTime> handshake{};  // the last one with a beacon; of this process alone
  std::string problem;                  // the kind of error that keeps it from working; empty: none

  bool operator==(const Health&) const = default;
};

Past past_of(const Installation& record);

// A release was copied, verified and judged. `installed` is the number of the package before it: the one that is kept
// counts only where it is that.
Installation begin(Installation record, const Release& release, std::uint64_t installed,
                   const std::optional<Health>& before, WallTime now);

Installation after_install(Installation record);

// The tool failed. `changed`: it may have changed what is installed, which is then restored where a package is kept. A
// number that failed so or three times is never tried again.
Installation after_failed_install(Installation record, bool changed, const std::string& why);

enum class Verdict { wait, healthy, failed };
struct TrialVerdict {
  Verdict verdict = Verdict::wait;
  std::string why;  // of failed
};
TrialVerdict judge_trial(const Installation& record, const std::optional<Health>& health);

Installation after_trial(Installation record, const TrialVerdict& verdict);  // not for wait
// Whether another release is installed than the step under way can have installed or left. 0: unknown, so it is not.
bool is_other_install(const Installation& record, std::uint64_t installed);
// Another version was installed by hand meanwhile: the step is over, and what is kept is not the version before any
// more.
Installation after_other_install(Installation record, std::uint64_t installed);
Installation after_restore(Installation record);

Installation after_refusal(Installation record, const Refusal& refusal);

std::string text_of(const Installation& record);
Result<Installation> installation_from(std::string_view text);

std::string text_of(const Health& health);
Result<Health> health_from(std::string_view text);

}  // namespace muster::update
