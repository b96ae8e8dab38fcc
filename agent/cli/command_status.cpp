#include <fmt/core.h>

#include <algorithm>

#include "agent/certificate/expiry.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/delivery/early_answers.h"
#include "agent/outbox/pending_table.h"
#include "agent/outbox/quota.h"
#include "agent/policy/record_file.h"
#include "agent/policy/words.h"
#include "agent/spool/backlog.h"
#include "platform/base/text.h"
#include "platform/log.h"

namespace muster::cli {
namespace {

std::optional<long> days_left(const config::TransferSettings& settings, std::vector<Error>& problems) {
  if (!settings.identity) return std::nullopt;
  const WallTime now = wall_now();
  auto identity = ssl::Identity::load(*settings.identity, now);
  if (!identity) {
    problems.push_back(identity.error());
    return std::nullopt;
  }
  const ssl::CertificateSummary& leaf = (*identity)->leaf();
  auto ending = certificate::expires_soon(leaf, settings.identity->certificate, settings.certificate_warning_days, now);
  if (ending) problems.push_back(std::move(*ending));
  return ssl::days_left(leaf, now);
}

std::string age(double age_s) {
  if (age_s < 120) return fmt::format("{:.0f} s", age_s);
  if (age_s < 7200) return fmt::format("{:.0f} min", age_s / 60);
  return age_s < 172'800 ? fmt::format("{:.0f} h", age_s / 3600) : fmt::format("{:.0f} days", age_s / 86'400);
}

std::string in_words(const StatusReport& report) {
  std::string text = fmt::format("waiting      {} file{} ({})", report.waiting, report.waiting == 1 ? "" : "s",
                                 human_size(report.bytes));
  if (report.oldest_s) text += ", the oldest " + age(*report.oldest_s) + " old";
  text += fmt::format("\nset aside    {} file{}\n", report.set_aside, report.set_aside == 1 ? "" : "s");

  if (report.certificate_days) text += fmt::format("certificate  ends in {} days\n", *report.certificate_days);
  if (report.last) {
    text += fmt::format("last upload  {}: {} delivered, {} set aside, {} left{}{}\n", iso8601(report.last->time),
                        report.last->delivered, report.last->set_aside, report.last->left,
                        report.last->error.empty() ? "" : "; ", report.last->error);
  } else {
    text += "last upload  none yet\n";
  }

  if (report.dropped_for_quota > 0)
    text += fmt::format("SpoolQuota   {} removed undelivered in all\n", report.dropped_for_quota);
  text += fmt::format("policy       {}\n", policy::record_in_words(report.policy));
  for (const std::string& line : {policy::trial_in_words(report.policy), report.policy.trial_end}) {
    if (!line.empty()) text += fmt::format("policy       {}\n", line);
  }
  if (!report.policy.refusal.empty())
    text += fmt::format("policy       the last one was refused: {}\n", text::printable(report.policy.refusal));
  for (const LeftAlone& one : report.left_alone) {
    text += fmt::format("left alone   {}: {}\n", text::printable(one.file), one.why);
  }
  return text;
}

// Why a file is not sent again at once.
spool::WhyLeft why_pending(outbox::PendingTable& pending) {
  return [&pending](const spool::Entry& entry, const platform::FileFacts& facts) -> std::string {
    const outbox::PendingFile* const known = pending.find(entry);
    if (known == nullptr) return {};
    if (known->delivered == outbox::delivered_file(facts)) return "it was delivered, and is not removed: " + known->why;
    return known->delivered ? std::string() : known->why;
  };
}

}  // namespace

Status status(const GlobalOptions& options) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  auto settings = config::transfer_settings(*preferences, config::Component::upload);
  if (!settings) return tl::unexpected(settings.error());
  auto spool = spool::Spool::open(preferences->data_directory() / "uploads", false);
  if (!spool) return tl::unexpected(spool.error());

  outbox::PendingTable pending(preferences->data_directory() / "state", nullptr);
  spool::Backlog backlog = spool::backlog_of(**spool, why_pending(pending));
  StatusReport report;
  report.problems = std::move(backlog.problems);
  report.waiting = backlog.waiting;
  report.bytes = backlog.bytes;
  report.set_aside = backlog.set_aside;
  for (spool::LeftAlone& one : backlog.left_alone) report.left_alone.push_back({one.entry.path(), std::move(one.why)});
  if (backlog.oldest) {
    const std::chrono::duration<double> old = wall_now() - *backlog.oldest;
    report.oldest_s = std::max(0.0, old.count());
  }
  const std::filesystem::path state = preferences->data_directory() / "state";
  for (const auto& excluded : delivery::EarlyAnswers(state).all_excluded(wall_now())) {
    report.problems.emplace_back(
        ErrorKind::refused,
        fmt::format("{} is not sent to {}: something in front of {} answers before it has the file", excluded.name,
                    excluded.location, excluded.location),
        "have the proxy or gateway in front of the beacon answer only after the whole upload has reached the beacon");
  }
  if (auto record = policy::read_record(state)) report.policy = std::move(*record);
  report.certificate_days = days_left(*settings, report.problems);
  report.last = outbox::recall(preferences->data_directory() / "state");
  report.dropped_for_quota = outbox::total_dropped_for_quota(preferences->data_directory() / "state");
  if (options.json) return print(json_of(report));
  for (const Error& problem : report.problems) log::warning(problem.line());
  return print(in_words(report));
}

}  // namespace muster::cli
