// Does what the schedule says when it is due. Owned by the agent.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/schedule/event.h"
#include "agent/schedule/next_due.h"
#include "agent/service/task.h"
#include "platform/base/result.h"
#include "platform/wall_alarm.h"

namespace muster::service {

class Timetable final : public Task {
 public:
  using Perform = std::function<void(const schedule::Event& event)>;

  // `record` remembers what was done, so that nothing is done twice after a restart; a file that is missing or damaged
  // is an empty one. `device` gives this device its place in the windows. `perform` starts the work and returns at
  // once.
  static Result<std::unique_ptr<Timetable>> open(std::filesystem::path record, Perform perform);

  // From now on; what was done by the former one under the same event's id counts.
  void use(schedule::Schedule schedule, std::string device, WallTime in_force_since);

  // This machine may be in another network now, or in one again.
  void network_changed();

  // When each event was due that was done last, by its name.
  std::map<std::string, WallTime> last_done() const;

  std::vector<const platform::UniqueFd*> handles() const override { return {&alarm_.handle()}; }
  void on_wakeup(SteadyTime now) override;
  void stop() override;

 private:
  using Record = std::map<std::string, schedule::Moment>;  // by event and trigger

  Timetable(std::filesystem::path file, Perform perform, platform::WallAlarm alarm);
  schedule::DeviceState state_for(const schedule::Event& event) const;
  std::optional<schedule::Moment> last_of(const std::string& key) const;
  std::optional<schedule::Due> due_of(const schedule::Event& event, std::size_t trigger,
                                      const schedule::DeviceState& state, schedule::Moment now) const;
  void forget_others(const schedule::Schedule& next);
  std::vector<const schedule::Event*> take_due(schedule::Moment now);
  void do_due();
  void plan();
  void save();

  std::filesystem::path file_;
  Perform perform_;
  platform::WallAlarm alarm_;

  schedule::Schedule schedule_;
  std::string device_;
  schedule::Moment in_force_since_{};

  Record record_;
  schedule::Moment awake_since_;
  std::string network_;  // as platform::network_name() has it
  std::optional<schedule::Moment> network_up_since_;
  std::optional<schedule::Moment> planned_;  // for when the alarm is set
  std::string save_problem_;                 // logged once
};

}  // namespace muster::service
