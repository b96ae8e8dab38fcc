#include <fmt/core.h>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/policy/application.h"
#include "agent/policy/fetch.h"
#include "agent/policy/words.h"
#include "agent/service/download_way.h"
#include "platform/base/text.h"

namespace muster::cli {
namespace {

using policy::Application;
using policy::Fetch;

std::string line_of(const policy::Change& change) {
  const char mark = change.from.empty() ? '+' : change.to.empty() ? '-' : '~';
  std::string line = fmt::format("  {} {}: {}", mark, change.what, change.from.empty() ? change.to : change.from);
  if (!change.from.empty() && !change.to.empty()) line += " -> " + change.to;
  if (!change.note.empty()) line += " (" + change.note + ")";
  return text::printable(line) + "\n";
}

std::string in_words(const PolicyReport& report) {
  if (!report.found) return "no beacon has a policy for this device; what was applied stays\n";
  std::string text = fmt::format("{} {}\n", report.source,
                                 report.application.result == Application::Result::unchanged ? "is applied already"
                                 : report.dry_run                                            ? "would be applied"
                                                                                             : "is applied");
  for (const policy::Change& change : report.application.changes) text += line_of(change);

  for (const policy::NotUsed& one : report.application.not_used) {
    text += text::printable(fmt::format("  not used here: {}: {}", one.what, one.reason)) + "\n";
  }

  const std::string trial = policy::trial_in_words(report.application.record);
  if (!trial.empty()) text += trial + "\n";
  if (!report.application.record.trial_end.empty()) text += report.application.record.trial_end + "\n";
  return text;
}

Ended report_on(const PolicyReport& report, const GlobalOptions& options) {
  if (options.json) {
    if (auto printed = print(json_of(report)); !printed) return printed;
  }
  if (report.application.result == Application::Result::refused) {
    return {fail(ErrorKind::failure, fmt::format("policy {} refused: {}", report.source, report.application.reason),
                 "correct it on the beacon; what was applied before stays"),
            options.json};
  }
  return options.json || options.verbosity < 0 ? Status() : print(in_words(report));
}

}  // namespace

Ended policy(const GlobalOptions& options, const PolicyArguments& arguments) {
  const auto in_force = load_in_force(options);
  if (!in_force) return tl::unexpected(in_force.error());
  const auto mode = arguments.dry_run ? policy::Mode::dry_run : policy::Mode::apply;
  const auto credentials = arguments.dry_run ? service::Credentials::read_only : service::Credentials::required;
  const auto way = service::DownloadWay::open(*in_force, password_source(options), nullptr, credentials);
  if (!way) return tl::unexpected(way.error());

  auto rules = policy::fetch_rules(*in_force, way->session->locations());
  if (!rules) return tl::unexpected(rules.error());
  Fetch fetch(way->place(), std::move(*rules), policy::fetch_folders(way->session->data_directory() / "state", mode));
  policy::run(fetch, *way->channel->loop);
  if (!arguments.dry_run) way->session->selector().keep(wall_now());
  if (fetch.result() == Fetch::Result::failed) {
    const policy::FileFetch& file = fetch.file();
    return fail(way->failure_of(file.path(), file.local_error(), file.job()));
  }

  PolicyReport report;
  report.dry_run = arguments.dry_run;
  report.lapsed = in_force->lapsed;
  if (fetch.result() == Fetch::Result::missing) {
    report.application.record = in_force->record;
    auto recorded = arguments.dry_run ? Status() : policy::record_missing(in_force->preferences, wall_now());
    if (!recorded) return recorded;
    return report_on(report, options);
  }

  report.found = true;
  report.source = fmt::format("{} at {}", fetch.fetched().path, fetch.beacon().label());
  auto application = policy::apply(fetch.fetched(), *in_force, mode, wall_now());
  if (!application) return tl::unexpected(application.error());
  report.application = std::move(*application);
  if (report.application.result != Application::Result::refused) report.lapsed.clear();
  return report_on(report, options);
}

}  // namespace muster::cli
