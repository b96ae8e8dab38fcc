#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/cli/progress_bar.h"
#include "agent/cli/transfer_words.h"
#include "agent/cli/uploads.h"
#include "agent/inventory/upload_record.h"
#include "agent/outbox/outbox_pass.h"
#include "agent/outbox/pass_record.h"
#include "agent/outbox/quota.h"
#include "agent/spool/backlog.h"
#include "platform/base/counted.h"
#include "platform/base/text.h"
#include "platform/interrupt.h"
#include "platform/log.h"
#include "platform/network_watch.h"

namespace muster::cli {
namespace {

constexpr std::size_t most_listed = 1000;  // failures in the JSON object; all are logged

// Reports each file as it is settled, so that memory does not grow with the spool.
class ReportingListener final : public outbox::PassListener {
 public:
  ReportingListener(const GlobalOptions& options, service::Session& session)
      : options_(options),
        session_(session),
        state_(session.data_directory() / "state"),
        bar_("files", options.verbosity >= 0) {
    if (options_.json) keep(print(json_upload_begin()));
  }

  // For the progress bar, where one is shown.
  void count(spool::Spool& spool, const std::string& only) {
    if (bar_.shown()) all_ = spool::count_waiting(spool, only);
  }

  void on_delivered(const delivery::Upload& upload, const beacon::Location& location, double took_s) override {
    const std::string name = upload.source().path.filename().string();
    if (auto noted = inventory::record_accepted(state_, name); !noted) log::warning(noted.error().line());
    session_.note_delivery(location);
    log_way(upload.source().path.string(), location, upload.outcome());

    bar_.clear();
    const bool first = std::exchange(first_, false);
    if (options_.json) {
      keep(print(json_upload_entry(result_of(upload, location, took_s), first)));
    } else if (options_.verbosity >= 0) {
      keep(print(line_of(result_of(upload, location, took_s))));
    }

    bytes_ += upload.size();
    bar_.show_files(++done_, all_, bytes_, location);
  }

  void on_failed(const spool::Entry& entry, const Error& error, bool) override {
    bar_.clear();
    log::error(error.line());
    if (failed_.size() < most_listed)
      failed_.push_back({entry.name.empty() ? "" : entry.type + "/" + entry.name, error});
  }

  const std::vector<NotUploaded>& failed() const { return failed_; }
  void end(const std::optional<Error>& verdict) {
    if (options_.json) keep(print(json_upload_end(failed_, verdict)));
  }
  const Status& printed() const { return printed_; }

 private:
  void keep(Status status) {
    if (printed_) printed_ = std::move(status);
  }

  const GlobalOptions& options_;
  service::Session& session_;
  std::filesystem::path state_;
  ProgressBar bar_;
  std::uint64_t all_ = 0;   // files, at the start; more may come
  std::uint64_t done_ = 0;  // files
  std::uint64_t bytes_ = 0;
  bool first_ = true;
  std::vector<NotUploaded> failed_;
  Status printed_;
};

std::string summary(const outbox::PassCounts& counts, std::uint64_t removed, double took_s) {
  std::string line = fmt::format("uploaded {} ({}) in {:.3f} s", text::counted(counts.delivered, "file"),
                                 human_size(counts.bytes), took_s);
  if (counts.set_aside > 0) line += fmt::format(", {} set aside", counts.set_aside);
  if (counts.left > 0) line += fmt::format(", {} left", counts.left);
  if (removed > 0) line += fmt::format(", {} removed undelivered for SpoolQuota", removed);
  if (counts.busy > 0) line += fmt::format(", {} in use by another process", counts.busy);
  return line + "\n";
}

// A pass that was given up has not counted the files that it did not come to.
outbox::PassCounts true_counts(const outbox::OutboxPass& drain, spool::Spool& spool, const std::string& only) {
  outbox::PassCounts counts = drain.counts();
  if (counts.left == 0 && !drain.stopped_by()) return counts;
  const std::uint64_t waiting = spool::count_waiting(spool, only);
  counts.left = std::max(counts.left, waiting - std::min(waiting, counts.busy));
  return counts;
}

std::optional<Error> verdict(const outbox::PassCounts& counts, const std::vector<NotUploaded>& failed) {
  if (failed.empty() || counts.delivered == 0) return verdict(0, failed);
  const std::string aside = counts.set_aside > 0 ? fmt::format("{} set aside", counts.set_aside) : "";
  const std::string left = counts.left > 0 ? fmt::format("{} left in the spool", counts.left) : "";
  return Error(ErrorKind::partial,
               fmt::format("{} not uploaded: {}{}{}", text::counted(counts.set_aside + counts.left, "file"), aside,
                           aside.empty() || left.empty() ? "" : ", ", left),
               "see the errors above");
}

// A change of the network ends a pause, shortly after it: addresses and routes come one by one.
void run_to_end(outbox::OutboxPass& drain, platform::Wakeup& wakeup) {
  constexpr milliseconds settling{500};
  platform::NetworkWatch network;
  std::optional<SteadyTime> changed;
  const std::array handles{&wakeup.handle(), &network.handle()};

  while (!drain.idle()) {
    platform::wait_any(handles, earlier(drain.wakes_at(), changed));
    wakeup.clear();
    const SteadyTime now = steady_now();
    if (network.take_changes() && !changed) changed = now + settling;
    if (changed && now >= *changed) {
      changed.reset();
      drain.end_pause(now);
    }

    drain.on_wakeup(now);
    drain.on_time(now);
  }
}

}  // namespace

Ended drain_spool(const GlobalOptions& options, const std::string& only) {
  const auto in_force = load_in_force(options);
  if (!in_force) return tl::unexpected(in_force.error());
  const config::Preferences& preferences = in_force->preferences;
  auto settings = config::transfer_settings(preferences, config::Component::upload);
  if (!settings) return tl::unexpected(settings.error());

  auto claims = spool::Claims::open(preferences.data_directory() / "state");
  if (!claims) return tl::unexpected(claims.error());
  auto spool = spool::Spool::open(preferences.data_directory() / "uploads", false, std::move(*claims));
  if (!spool) return tl::unexpected(spool.error());
  // First: what keeps files from being delivered is what makes a spool grow.
  const auto removed = outbox::apply_quota(**spool, settings->quota, preferences.data_directory() / "state");

  const auto wakeup = std::make_shared<platform::Wakeup>();
  auto session = service::Session::open(*in_force, beacon::Direction::upload, password_source(options), wakeup);
  if (!session) return tl::unexpected(session.error());

  const SteadyTime start = steady_now();
  ReportingListener listener(options, **session);
  outbox::PassRules rules = (*session)->drain_rules();
  rules.type = only;
  log_choice(**session);
  listener.count(**spool, only);
  const platform::InterruptNotice notice("muster: interrupted; what was not uploaded stays in the spool");

  outbox::OutboxPass drain(**spool, (*session)->channels(), (*session)->locations(), (*session)->selector(), rules,
                           listener);
  drain.start_pass(outbox::OutboxPass::Pending::all, start);
  run_to_end(drain, *wakeup);

  const std::chrono::duration<double> took = steady_now() - start;
  drain.finish_probe();
  if (drain.stopped_by() && drain.counts().delivered > 0) log::error(drain.stopped_by()->line());
  (*session)->selector().keep(wall_now());
  drain.keep_pending();

  const outbox::PassCounts counts = true_counts(drain, **spool, only);
  std::vector<NotUploaded> failed = listener.failed();
  // First: among errors of one kind it is the one that says why the rest was not even tried.
  if (drain.stopped_by()) failed.insert(failed.begin(), {"", *drain.stopped_by()});
  auto error = verdict(counts, failed);
  const auto worst = gravest(failed);
  listener.end(error);
  outbox::remember((*session)->data_directory() / "state",
                   {wall_now(), counts.delivered, counts.set_aside, counts.left, removed, worst ? worst->line() : ""});

  if (!options.json && options.verbosity >= 0) {
    if (auto printed = print(summary(counts, removed, took.count())); !printed) return printed;
  }
  if (error) return {tl::unexpected(*error), options.json};
  return listener.printed();
}

}  // namespace muster::cli
