// What the schedule asks for, as work of the agent's parts; and what these parts report of the device.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "agent/schedule/event.h"
#include "agent/service/device_status.h"
#include "agent/service/policy_task.h"
#include "agent/service/renewal.h"
#include "agent/service/status_reports.h"
#include "agent/service/task.h"
#include "agent/service/timetable.h"
#include "agent/service/update_task.h"
#include "agent/service/uploads.h"
#include "platform/base/result.h"

namespace muster::service {

// Owned by the agent, on its thread.
class Duties {
 public:
  // `uploads` outlives it. Adds the tasks of schedule and status to `tasks`.
  static Result<std::unique_ptr<Duties>> start(const std::filesystem::path& data, Uploads& uploads,
                                               std::vector<std::unique_ptr<Task>>& tasks);

  // The name of this device, and the schedule with the time since which it is in force.
  void use(const std::string& device, schedule::Schedule schedule, WallTime since);

  // The certificate that is renewed, and by what.
  void renew_by(const config::Preferences& preferences) { renewal_->use(preferences); }

  // What fetches policy when the schedule asks for it.
  void fetch_policy_by(PolicyTask& policy) { policy_ = &policy; }

  // What checks for updates then, too: policy decides which one is wanted.
  void check_updates_by(UpdateTask& updates) { updates_ = &updates; }

  // What keeps the agent from its work; nullopt: nothing.
  std::optional<Error> problem() const { return blocked_by_ ? blocked_by_ : uploads_.last_error(); }

  void network_changed() { timetable_->network_changed(); }

  // A beacon list on trial needs an upload.
  void report_soon() { reports_->report_soon(); }

  // Why the agent does not work by the present preferences; empty: it does.
  void blocked_by(std::optional<Error> problem) { blocked_by_ = std::move(problem); }

 private:
  Duties(std::filesystem::path data, Uploads& uploads) : data_(std::move(data)), uploads_(uploads) {}
  void perform(const schedule::Event& event);
  Status request_collection() const;
  std::optional<DeviceStatus> current_status() const;
  void complete(DeviceStatus& status) const;

  std::filesystem::path data_;
  Uploads& uploads_;
  Timetable* timetable_ = nullptr;  // owned by the agent's list of tasks, as are the next two
  StatusReports* reports_ = nullptr;
  Renewal* renewal_ = nullptr;
  PolicyTask* policy_ = nullptr;
  UpdateTask* updates_ = nullptr;
  std::string device_;
  std::optional<Error> blocked_by_;
};

}  // namespace muster::service
