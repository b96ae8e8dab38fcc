// The agent's uploads: new files of the spool as soon as they are complete, the rest later and later. Keeps metrics,
// reminders and the status of what the outbox does.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/certificate/expiry.h"
#include "agent/outbox/outbox_pass.h"
#include "agent/outbox/pass_schedule.h"
#include "agent/outbox/spool_watch.h"
#include "agent/service/metrics.h"
#include "agent/service/session.h"
#include "agent/service/task.h"
#include "agent/spool/backlog.h"
#include "agent/spool/spool.h"

namespace muster::service {

// A state machine on the agent's thread.
class Uploads final : public Task, public outbox::PassListener {
 public:
  // The spool is made where it is missing.
  static Result<std::unique_ptr<Uploads>> open(const std::filesystem::path& data_directory);

  // What to work with from now on; what is in flight ends with the former one. Goes through the spool.
  void use(std::unique_ptr<Session> session, SteadyTime now);

  // SpoolQuota, also while there is nothing to work with; what it costs is counted in the folder `state`.
  void keep_within(std::uint64_t quota, std::filesystem::path state);

  // A whole pass through the spool, as soon as possible.
  void catch_up(SteadyTime now) { schedule_.scan_by(now); }

  // Readable when certificate, key or trust may have been replaced; empty while there is nothing to work with.
  const platform::UniqueFd& credential_reports() const;
  void check_credentials(SteadyTime now);  // goes through the spool where they have been
  // Takes up certificates that were renewed, where nothing is uploaded that would do so.
  void refresh_credentials();

  // What waits because the network was gone is tried at once.
  void network_changed(SteadyTime now);

  std::vector<const platform::UniqueFd*> handles() const override { return {&watch_.handle()}; }
  void on_wakeup(SteadyTime now) override;
  void on_time(SteadyTime now) override;
  std::optional<SteadyTime> wakes_at() const override;
  void stop() override;
  std::size_t in_flight() const override;  // uploads that are under way
  std::string status() const override;

  bool works() const { return work_.has_value(); }
  bool busy() const { return work_ && !work_->pass->idle(); }
  const Session* session() const { return work_ ? work_->session.get() : nullptr; }
  const std::optional<Error>& last_error() const { return last_error_; }  // until a pass goes well
  const std::string& unwatched() const { return watch_.problem(); }
  std::uint64_t set_aside() const { return metrics_.set_aside; }  // since the start
  spool::Backlog backlog() { return spool::backlog_of(*spool_); }

 private:
  struct Work {
    std::unique_ptr<Session> session;
    std::unique_ptr<outbox::OutboxPass> pass;  // ends before its session
  };
  struct Quota {
    std::uint64_t bytes = 0;  // 0: none
    std::filesystem::path state;
    std::uint64_t dropped = 0;  // files, since the last pass
    std::optional<SteadyTime> check_at;
  };

  Uploads(std::unique_ptr<spool::Spool> spool, outbox::SpoolWatch watch);
  void on_delivered(const delivery::Upload& upload, const beacon::Location& location, double took_s) override;
  void on_failed(const spool::Entry& entry, const Error& error, bool set_aside) override;

  void watch_folders(SteadyTime now);
  void take_changes(SteadyTime now);
  void take_file(const outbox::SpoolWatch::Change& change, SteadyTime now);
  void start_pass(outbox::OutboxPass::Pending pending, SteadyTime now);
  bool end_former();  // true: one of them has ended
  void end_pass(SteadyTime now);
  void apply_quota();
  std::optional<milliseconds> asked_wait() const;
  void count(const outbox::PassCounts& counts);
  void remember(const outbox::PassCounts& counts);
  void remind_of_expiry();
  void write_metrics();
  void count_failure(const Error& error);

  // The spool, and who works on it.
  std::unique_ptr<spool::Spool> spool_;
  outbox::SpoolWatch watch_;
  std::optional<Work> work_;
  std::list<Work> former_;  // what was in flight when the configuration was reloaded
  outbox::PassSchedule schedule_;
  Quota quota_;

  // What is reported of it.
  Metrics metrics_;
  MetricsWriter metrics_writer_;
  std::string last_failure_;
  std::optional<Error> last_error_;
  certificate::DailyReminder reminder_;
};

}  // namespace muster::service
