#include <fmt/core.h>

#include <algorithm>

#include "agent/beacon/candidate.h"
#include "agent/beacon/history_file.h"
#include "agent/certificate/expiry.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/cli/status_words.h"
#include "agent/config/typed_reader.h"
#include "agent/delivery/early_answers.h"
#include "agent/outbox/pending_table.h"
#include "agent/outbox/quota.h"
#include "agent/spool/backlog.h"
#include "platform/log.h"

namespace muster::cli {
namespace {

constexpr unsigned many_tries = 3;  // from here on a beacon refuses the file, and not only now

double age_of(WallTime time, WallTime now) {
  const std::chrono::duration<double> age = now - time;
  return std::max(0.0, age.count());
}

// Gathers the report and what its verdict depends on. Writes nothing.
class Gathering {
 public:
  Gathering(const policy::InForce& in_force, const config::TransferSettings& settings)
      : preferences_(in_force.preferences), settings_(settings), state_(preferences_.data_directory() / "state") {
    report_.policy = in_force.record;
    report_.policy_lapsed = in_force.lapsed;
    report_.update = update::read_state({preferences_.data_directory()});
  }

  Status gather() {
    const auto max_age = config::number(preferences_, config::Component::upload, "StatusMaxAge");
    if (!max_age) return tl::unexpected(max_age.error());
    facts_.max_age = seconds(*max_age);

    auto spool = spool::Spool::open(preferences_.data_directory() / "uploads", false);
    if (!spool) return tl::unexpected(spool.error());
    add_backlog(**spool);
    add_excluded();
    add_certificate();
    add_renewal();
    add_last_results();
    report_.verdict = verdict_for_monitoring(report_, facts_, now_);
    return {};
  }

  const StatusReport& report() const { return report_; }

 private:
  // Why a file is not sent again at once.
  std::string why_pending(outbox::PendingTable& pending, const spool::Entry& entry, const platform::FileFacts& facts) {
    const outbox::PendingFile* const known = pending.find(entry);
    if (known == nullptr) return {};
    if (known->delivered == outbox::delivered_file(facts)) return "it was delivered, and is not removed: " + known->why;
    if (known->delivered) return {};

    if (known->tries >= many_tries && !facts_.refused) {
      facts_.refused =
          Error(ErrorKind::refused, fmt::format("{} failed {} times: {}", entry.path(), known->tries, known->why),
                "run: muster doctor");
    }
    return known->why;
  }

  void add_backlog(spool::Spool& spool) {
    outbox::PendingTable pending(state_, nullptr);
    spool::Backlog backlog = spool::backlog_of(
        spool, [&](const auto& entry, const auto& facts) { return why_pending(pending, entry, facts); });

    report_.problems = std::move(backlog.problems);
    report_.waiting = backlog.waiting;
    report_.bytes = backlog.bytes;
    if (backlog.oldest) report_.oldest_s = age_of(*backlog.oldest, now_);
    for (const auto& [type, waiting] : backlog.types) {
      report_.types.push_back({type, waiting.files, waiting.bytes, std::nullopt});
      if (waiting.oldest) report_.types.back().oldest_s = age_of(*waiting.oldest, now_);
    }
    facts_.waiting_since = backlog.waiting_since;

    report_.set_aside = backlog.set_aside;
    report_.rejected_folder = (spool.root() / ".rejected").string();
    for (spool::LeftAlone& one : backlog.left_alone) {
      report_.left_alone.push_back({one.entry.path(), std::move(one.why)});
    }
  }

  void add_excluded() {
    for (const auto& excluded : delivery::EarlyAnswers(state_).all_excluded(now_)) {
      const Error problem(
          ErrorKind::refused,
          fmt::format("{} is not sent to {}: something in front of {} answers before it has the file", excluded.name,
                      excluded.location, excluded.location),
          "have the proxy or gateway in front of the beacon answer only after the whole upload has reached the beacon");
      if (!facts_.refused) facts_.refused = problem;
      report_.problems.push_back(problem);
    }
  }

  void add_certificate() {
    if (!settings_.identity) return;
    auto identity = ssl::Identity::load(*settings_.identity, now_);
    if (!identity) {
      facts_.identity = identity.error();
      report_.problems.push_back(identity.error());
      return;
    }

    const ssl::CertificateSummary& leaf = (*identity)->leaf();
    report_.certificate_days = ssl::days_left(leaf, now_);
    report_.certificate_expiry = fmt::format("{} ({})", ssl::expiry_in_words(leaf, now_), leaf.ends);
    facts_.expires_soon =
        certificate::expires_soon(leaf, *settings_.identity, settings_.certificate_warning_days, now_);
    if (facts_.expires_soon) report_.problems.push_back(*facts_.expires_soon);
  }

  void add_renewal() {
    report_.renewal = service::renewal_report(preferences_, now_);
    if (report_.renewal.problem) report_.problems.push_back(*report_.renewal.problem);
  }

  void add_last_results() {
    report_.last = outbox::recall(state_);
    report_.dropped_for_quota = outbox::total_dropped_for_quota(state_);
    const beacon::History history = beacon::HistoryFile(state_).load();
    add_beacons(history, beacon::Direction::upload);
    add_beacons(history, beacon::Direction::download);
  }

  // In whatever network the device was then.
  void add_beacons(const beacon::History& history, beacon::Direction direction) {
    const auto locations = config::locations(preferences_, direction);
    if (!locations) return;  // `config check` names what is wrong
    for (const beacon::Location& location : *locations) {
      BeaconSuccess found{location.id, std::string(name(direction)), location.origin_url(), std::nullopt};
      for (const auto& [network, known] : history.networks()) {
        const auto record = known.records.find(key_of(location, direction));
        if (record == known.records.end() || record->second.used == WallTime()) continue;
        found.last = std::max(found.last.value_or(record->second.used), record->second.used);
      }
      if (direction == beacon::Direction::upload) {
        facts_.last_delivery = std::max(facts_.last_delivery, found.last);
      }
      report_.beacons.push_back(std::move(found));
    }
  }

  const config::Preferences& preferences_;
  const config::TransferSettings& settings_;
  std::filesystem::path state_;
  WallTime now_ = wall_now();
  StatusReport report_;
  MonitoringFacts facts_;
};

}  // namespace

Ended status(const GlobalOptions& options) {
  const auto in_force = load_in_force(options);
  if (!in_force) return tl::unexpected(in_force.error());
  auto settings = config::transfer_settings(in_force->preferences, config::Component::upload);
  if (!settings) return tl::unexpected(settings.error());
  if (settings->identity) {
    settings->identity->ask_key_password = [source = password_source(options), key = settings->identity->key] {
      return source(key);
    };
  }

  Gathering gathering(*in_force, *settings);
  if (auto gathered = gathering.gather(); !gathered) return gathered;

  const StatusReport& report = gathering.report();
  if (options.json) {
    if (auto printed = print(json_of(report)); !printed) return printed;
  } else {
    for (const Error& problem : report.problems) {
      if (!report.verdict || problem.line() != report.verdict->line()) log::warning(problem.line());
    }
    if (auto printed = print(in_words(report)); !printed) return printed;
  }
  return report.verdict ? Ended(fail(*report.verdict), options.json) : Status();
}

}  // namespace muster::cli
