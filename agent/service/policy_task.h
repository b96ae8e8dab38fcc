// Fetches policy when it is asked for, keeps the clock of a beacon list on trial, and notices when the applied policy
// was changed, be it by a command.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/policy/application.h"
#include "agent/policy/fetch.h"
#include "agent/service/download_way.h"
#include "agent/service/task.h"
#include "platform/change_watch.h"

namespace muster::service {

class PolicyTask final : public Task {
 public:
  // What is in force has changed; whether a new beacon list waits for an upload.
  using Changed = std::function<void(bool needs_upload)>;

  PolicyTask(config::Sources sources, PasswordSource password, std::filesystem::path data,
             std::shared_ptr<const platform::Wakeup> wakeup, Changed changed);

  // As soon as possible; where one is under way, that is it.
  void request() {
    if (!work_) fetch_at_ = SteadyTime();
  }

  std::vector<const platform::UniqueFd*> handles() const override;
  void on_wakeup(SteadyTime now) override;
  void on_time(SteadyTime now) override;
  std::optional<SteadyTime> wakes_at() const override;
  void stop() override;

 private:
  // One fetch under way, and what it started from.
  struct Work {
    policy::InForce in_force;
    FetchWork<policy::Fetch> fetching;
  };

  void watch_record();
  void start_fetch(SteadyTime now);
  void finish_fetch(SteadyTime now);
  void take_found(const Work& work);
  void take_record(SteadyTime now);
  void count_running_time(SteadyTime now);
  void report_problem(const std::string& problem, SteadyTime now);

  config::Sources sources_;
  PasswordSource password_;
  std::filesystem::path data_;
  std::shared_ptr<const platform::Wakeup> wakeup_;
  Changed changed_;

  // The record in state/.
  std::optional<platform::ChangeWatch> watch_;  // of its folder; where the system has none left, a restart helps
  policy::Record record_;

  // The fetch.
  std::optional<Work> work_;
  std::optional<SteadyTime> fetch_at_;
  SteadyTime trial_fetch_allowed_{};
  std::string problem_;  // logged once

  // Of a trial: until when its running time is counted.
  SteadyTime counted_until_;
  bool stopped_ = false;
};

}  // namespace muster::service
