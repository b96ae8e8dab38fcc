// Checks for updates of the agent when the schedule asks for policy, stages them, and reports this version's health:
// while a new one is on trial, root's step waits for that.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/policy/update/check.h"
#include "agent/policy/update/installation.h"
#include "agent/service/download_way.h"
#include "agent/service/task.h"

namespace muster::service {

class UpdateTask final : public Task {
 public:
  // What keeps the agent from its work at present; nullopt: nothing.
  using CurrentProblem = std::function<std::optional<Error>()>;

  UpdateTask(config::Sources sources, PasswordSource password, const std::filesystem::path& data,
             std::shared_ptr<const platform::Wakeup> wakeup, CurrentProblem problem);

  // As soon as possible; where a check is under way, that is it. Nothing happens unless SoftwareUpdates is True.
  void request() {
    if (!work_) check_at_ = SteadyTime();
  }

  std::vector<const platform::UniqueFd*> handles() const override { return {}; }
  void on_wakeup(SteadyTime now) override;
  void on_time(SteadyTime now) override;
  std::optional<SteadyTime> wakes_at() const override;
  void stop() override;

 private:
  void start_check(SteadyTime now);
  void finish_check(SteadyTime now);
  void report_problem(const std::string& problem, SteadyTime now);
  void report_health();

  config::Sources sources_;
  PasswordSource password_;
  update::Places places_;
  std::shared_ptr<const platform::Wakeup> wakeup_;
  CurrentProblem current_problem_;

  // The check.
  std::optional<FetchWork<update::Check>> work_;
  std::optional<SteadyTime> check_at_;
  std::string logged_;  // once, however often it comes again

  // This version's health, and what was last written of it.
  bool is_on_trial_ = false;
  update::Health health_;
  std::optional<update::Health> reported_;
  bool stopped_ = false;
};

}  // namespace muster::service
