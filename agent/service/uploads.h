// The agent's uploads: new files of the spool as soon as they are there, the rest again and again, later and later.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/certificate/ending.h"
#include "agent/delivery/drain.h"
#include "agent/service/metrics.h"
#include "agent/service/session.h"
#include "agent/spool/spool.h"
#include "platform/folder_watch.h"

namespace muster::service {

// A state machine on the agent's thread.
class Uploads final : public delivery::DrainListener {
 public:
  // The spool is made where it is missing.
  static Result<std::unique_ptr<Uploads>> open(const std::filesystem::path& spool);

  // What to work with from now on; what is in flight ends with the former one. Goes through the spool.
  void use(std::unique_ptr<Session> session, SteadyTime now);

  const platform::UniqueFd& handle() const { return watch_.handle(); }
  void on_wakeup(SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;
  void stop();
  bool in_flight() const;

  std::string status() const;  // for people, one line

 private:
  struct Work {
    std::unique_ptr<Session> session;
    std::unique_ptr<delivery::Drain> drain;  // goes before its session
  };

  Uploads(std::unique_ptr<spool::Spool> spool, platform::FolderWatch watch);
  void on_delivered(const delivery::Upload& upload, const beacon::Location& location, double took_s) override;
  void on_failed(const spool::Entry& entry, const Error& error, bool set_aside) override;
  Status watch_folders();
  void take_changes(SteadyTime now);
  void look(SteadyTime now);
  void plan(SteadyTime now);
  void tell_ending_certificate();
  void write_metrics();

  std::unique_ptr<spool::Spool> spool_;
  platform::FolderWatch watch_;
  std::optional<Work> work_;
  std::list<Work> former_;  // what was in flight when the preferences were read again
  std::optional<SteadyTime> catch_up_at_;
  SteadyTime looked_at_{};
  std::optional<SteadyTime> rest_at_;
  unsigned passes_in_vain_ = 0;
  bool busy_ = false;
  Metrics metrics_;
  MetricsWriter metrics_writer_;
  std::string last_failure_;
  certificate::DailyReminder reminder_;
};

}  // namespace muster::service
