#include "agent/policy/update/words.h"

#include <fmt/core.h>

#include <utility>

#include "agent/policy/update/installation_file.h"

namespace muster::update {

State read_state(const Places& places) {
  State state{read_check_record(places), {}};
  if (auto installation = read_installation(places)) state.installation = std::move(*installation);
  return state;
}

std::vector<std::string> lines_of(const State& state) {
  const CheckRecord& check = state.check;
  const Installation& installation = state.installation;
  std::vector<std::string> lines;

  const bool is_taken_up = installation.next.number == check.number && installation.step != Step::none;
  if (check.is_staged && check.number > installation.number && !is_taken_up) {
    lines.push_back(fmt::format("release {} ({}) is staged and waits to be installed", check.number, check.version));
  }
  if (!check.why.empty()) lines.push_back(check.why);

  if (!installation.result.empty()) lines.push_back(installation.result);
  if (installation.step == Step::on_trial) {
    lines.push_back(
        fmt::format("{} of {} minutes of the trial are over{}", installation.ran.count() / 60, trial_time.count(),
                    installation.was_offline ? "; no beacon was reached before it either, so it goes on" : ""));
  }
  return lines;
}

std::string refusal_of(const State& state) {
  return state.check.refusal.empty() ? state.installation.refusal : state.check.refusal;
}

}  // namespace muster::update
