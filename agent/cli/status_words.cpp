#include "agent/cli/status_words.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/cli/print.h"
#include "agent/policy/words.h"
#include "platform/base/counted.h"
#include "platform/base/text.h"

namespace muster::cli {
namespace {

using text::counted;

std::string age(double age_s) {
  if (age_s < 120) return fmt::format("{:.0f} s", age_s);
  if (age_s < 7200) return fmt::format("{:.0f} min", age_s / 60);
  return age_s < 172'800 ? fmt::format("{:.0f} h", age_s / 3600) : fmt::format("{:.0f} days", age_s / 86'400);
}

std::string waiting_in_words(std::uint64_t files, std::uint64_t bytes, std::optional<double> oldest_s) {
  std::string text = fmt::format("{} ({})", counted(files, "file"), human_size(bytes));
  if (oldest_s) text += ", the oldest " + age(*oldest_s) + " old";
  return text;
}

std::string last_in_words(const outbox::PassRecord& last) {
  std::string text = fmt::format("{}: {} delivered, {} set aside, {} left", iso8601(last.time), last.delivered,
                                 last.set_aside, last.left);
  return last.error.empty() ? text : text + "; " + last.error;
}

std::string renewal_in_words(const service::RenewalReport& renewal) {
  if (!renewal.configured) return {};
  std::string text = renewal.may_run ? "" : "not by CertificateRenewCommand as things are";
  if (renewal.may_run && renewal.lifetime) {
    text = "from " + iso8601(certificate::first_request(*renewal.lifetime, renewal.share)) + " on";
  }

  if (const auto& last = renewal.last) {
    const std::string outcome = last->problem ? "failed: " + last->problem->message : "done";
    text += fmt::format("{}last {} {}", text.empty() ? "" : "; ", iso8601(last->time), outcome);
  }
  return fmt::format("renewal      {}\n", text::printable(text.empty() ? "no certificate can be read" : text));
}

std::string policy_in_words(const policy::Record& record, const std::string& lapsed) {
  std::string text = fmt::format("policy       {}\n", text::printable(policy::record_in_words(record, lapsed)));
  for (const std::string& line : policy::trial_lines(record, lapsed)) text += fmt::format("policy       {}\n", line);
  if (!record.refusal.empty()) {
    text += fmt::format("policy       the last one was refused: {}\n", text::printable(record.refusal));
  }
  return text;
}

std::optional<Error> overdue(const StatusReport& report, const MonitoringFacts& facts, WallTime now) {
  if (!facts.waiting_since || now - *facts.waiting_since < facts.max_age) return std::nullopt;
  if (facts.last_delivery && now - *facts.last_delivery < facts.max_age) return std::nullopt;

  const std::string since = facts.last_delivery ? "since " + iso8601(*facts.last_delivery) : "so far";
  return Error(ErrorKind::unreachable,
               fmt::format("{} {}, and nothing was delivered {}", counted(report.waiting, "file"),
                           report.waiting == 1 ? "waits" : "wait", since),
               "run: muster doctor");
}

}  // namespace

std::string in_words(const StatusReport& report) {
  std::string text = "waiting      " + waiting_in_words(report.waiting, report.bytes, report.oldest_s) + "\n";
  for (const WaitingOfType& one : report.types) {
    text += fmt::format("  {}: {}\n", text::printable(one.type), waiting_in_words(one.files, one.bytes, one.oldest_s));
  }

  text += "set aside    " + counted(report.set_aside, "file");
  text += report.set_aside == 0 ? "\n" : fmt::format(" in {}\n", text::printable(report.rejected_folder));
  if (!report.certificate_expiry.empty()) text += "certificate  " + report.certificate_expiry + "\n";
  text += renewal_in_words(report.renewal);
  text += "last upload  " + (report.last ? last_in_words(*report.last) : std::string("none yet")) + "\n";
  for (const BeaconSuccess& one : report.beacons) {
    text += fmt::format("beacon       '{}': last {} {}\n", text::printable(one.id), one.direction,
                        one.last ? iso8601(*one.last) : "unknown");
  }

  if (report.dropped_for_quota > 0) {
    text += fmt::format("SpoolQuota   {} removed undelivered in all\n", report.dropped_for_quota);
  }
  text += policy_in_words(report.policy, report.policy_lapsed);
  for (const std::string& line : update::lines_of(report.update)) {
    text += fmt::format("update       {}\n", text::printable(line));
  }
  const std::string refusal = update::refusal_of(report.update);
  if (!refusal.empty()) text += fmt::format("update       the last one was refused: {}\n", text::printable(refusal));

  for (const LeftAlone& one : report.left_alone) {
    text += fmt::format("left alone   {}: {}\n", text::printable(one.file), one.why);
  }
  return text;
}

std::optional<Error> verdict_for_monitoring(const StatusReport& report, const MonitoringFacts& facts, WallTime now) {
  if (facts.identity) return facts.identity;
  if (report.set_aside > 0) {
    return Error(ErrorKind::refused,
                 fmt::format("{} {} refused and set aside in {}", counted(report.set_aside, "file"),
                             report.set_aside == 1 ? "was" : "were", report.rejected_folder),
                 "read the .reason files there; then move the files back into the spool, or delete them");
  }
  if (facts.refused) return facts.refused;
  if (auto late = overdue(report, facts, now)) return late;
  return facts.expires_soon;
}

}  // namespace muster::cli
