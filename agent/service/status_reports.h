// Leaves a report of the device's state in the spool: when it has changed, at most every 15 minutes, and at least
// daily.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "agent/service/device_status.h"
#include "agent/service/task.h"

namespace muster::service {

class StatusReports final : public Task {
 public:
  // `current` says how things are, cheaply, and nothing while they change, such as during a pass through the spool;
  // `complete` adds what has to be counted.
  struct Source {
    std::function<std::optional<DeviceStatus>()> current;
    std::function<void(DeviceStatus&)> complete;
  };

  // `spool` is the folder uploads/. `record` remembers the last report, so that a restart is no reason for another one.
  // On a fresh device the first report is the schedule's.
  StatusReports(std::filesystem::path spool, std::filesystem::path record, Source source);

  // The schedule asks for one, changed or not.
  void report_soon() { wanted_ = true; }

  std::vector<const platform::UniqueFd*> handles() const override { return {}; }
  void on_wakeup(SteadyTime) override {}
  void on_time(SteadyTime now) override;
  std::optional<SteadyTime> wakes_at() const override { return due_; }
  void stop() override { stopped_ = true; }

 private:
  void report(DeviceStatus status);
  void write(const DeviceStatus& status);
  void remember() const;

  std::filesystem::path spool_;
  std::filesystem::path record_;
  Source source_;
  std::optional<LastReport> last_;
  // At once after the start, then of a change that waits for the gap. The daily one comes of the schedule.
  std::optional<SteadyTime> due_ = SteadyTime();
  bool wanted_ = false;  // by the schedule
  std::string problem_;  // logged once
  bool stopped_ = false;
};

}  // namespace muster::service
