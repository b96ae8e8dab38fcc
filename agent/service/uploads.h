// The agent's uploads: new files of the spool as soon as they are there, the rest again and again, later and later.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/certificate/expiry.h"
#include "agent/outbox/outbox_pass.h"
#include "agent/service/metrics.h"
#include "agent/service/session.h"
#include "agent/service/task.h"
#include "agent/spool/backlog.h"
#include "agent/spool/spool.h"
#include "platform/folder_watch.h"

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
  void catch_up(SteadyTime now) { look_by(now); }

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
  bool busy() const { return busy_; }
  const Session* session() const { return work_ ? work_->session.get() : nullptr; }
  const std::optional<Error>& last_error() const { return last_error_; }  // until a pass goes well
  const std::string& unwatched() const { return unwatched_; }
  std::uint64_t set_aside() const { return metrics_.set_aside; }  // since the start
  spool::Backlog backlog() { return spool::backlog_of(*spool_); }

 private:
  struct Work {
    std::unique_ptr<Session> session;
    std::unique_ptr<outbox::OutboxPass> drain;  // goes before its session
  };

  Uploads(std::unique_ptr<spool::Spool> spool, platform::FolderWatch watch);
  void on_delivered(const delivery::Upload& upload, const beacon::Location& location, double took_s) override;
  void on_failed(const spool::Entry& entry, const Error& error, bool set_aside) override;
  Status watch_folders();
  void take_changes(SteadyTime now);
  void take_file(spool::Entry entry, SteadyTime now);
  void take_names(SteadyTime now);
  void look(SteadyTime now);
  void look_by(SteadyTime time);
  std::optional<milliseconds> held_for() const;
  void apply_quota();
  void plan(SteadyTime now);
  void plan_next(const outbox::PassCounts& counts, SteadyTime now);
  void tell_ending_certificate();
  void write_metrics();

  std::unique_ptr<spool::Spool> spool_;
  platform::FolderWatch watch_;
  std::optional<Work> work_;
  std::list<Work> former_;  // what was in flight when the preferences were read again
  // A new name of a file, which may be a link to a complete one: looked at when it is not told of in another way.
  struct NewName {
    spool::Entry entry;
    SteadyTime due;
  };
  std::deque<NewName> names_;
  std::string unwatched_;  // why not all folders are watched; empty: they are

  std::optional<SteadyTime> catch_up_at_;
  SteadyTime looked_at_{};
  std::optional<SteadyTime> resume_at_;  // having given up: for new files
  SteadyTime resumed_at_{};
  bool something_left_ = false;  // by the last whole pass, or since
  std::uint64_t quota_ = 0;
  std::filesystem::path state_;
  std::uint64_t dropped_for_quota_ = 0;  // since the last pass
  std::optional<SteadyTime> room_at_;
  std::optional<SteadyTime> rest_at_;
  unsigned passes_in_vain_ = 0;
  bool busy_ = false;
  Metrics metrics_;
  MetricsWriter metrics_writer_;
  std::string last_failure_;
  std::optional<Error> last_error_;
  certificate::DailyReminder reminder_;
};

}  // namespace muster::service
