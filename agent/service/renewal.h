// Asks for the renewal of the client certificate when it is due, and reports what came of it. The work is done by other
// processes, which systemd starts: see docs/certificates.md.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/config/preferences.h"
#include "agent/service/task.h"
#include "platform/base/error.h"
#include "platform/base/result.h"
#include "platform/change_watch.h"
#include "platform/file.h"
#include "platform/wall_alarm.h"

namespace muster::service {

struct RenewalReport;

// A state machine on the agent's thread. Where no command is configured it waits for nothing.
class Renewal final : public Task {
 public:
  // `state` is the folder of that name. `renewed` is called when a new pair has been installed.
  static Result<std::unique_ptr<Renewal>> open(std::filesystem::path state, std::function<void()> renewed);

  // From now on.
  void use(const config::Preferences& preferences);

  // Why the certificate is not renewed; nullopt: it is, or nothing is to be done.
  const std::optional<Error>& problem() const { return problem_; }

  std::vector<const platform::UniqueFd*> handles() const override { return {&alarm_.handle(), &watch_.handle()}; }
  void on_wakeup(SteadyTime now) override;
  void stop() override;

 private:
  Renewal(std::filesystem::path state, std::function<void()> renewed, platform::WallAlarm alarm,
          platform::ChangeWatch watch);
  void watch(bool wanted);
  void check(WallTime now);
  void take_outcome(const RenewalReport& report);
  void plan(const RenewalReport& report, WallTime now);
  void request(const RenewalReport& report, WallTime now);
  void set_problem(std::optional<Error> problem);

  std::filesystem::path state_;
  std::function<void()> renewed_;
  platform::WallAlarm alarm_;
  platform::ChangeWatch watch_;  // of the record, while a command is configured

  std::optional<config::Preferences> preferences_;
  std::optional<WallTime> requested_;  // the last time, kept in state/renew-requested
  std::optional<WallTime> outcome_;    // time of the record that was reported, or that an earlier run left
  std::optional<platform::FileFacts> record_facts_;
  std::optional<WallTime> planned_;
  WallTime not_before_{};            // after a sleep the network has to come up first
  std::optional<Error> unanswered_;  // why the last request has come to nothing, as far as is known
  std::optional<Error> problem_;
};

}  // namespace muster::service
