#include "agent/diagnosis/examination.h"

#include <map>
#include <optional>
#include <utility>

#include "agent/diagnosis/beacon_steps.h"
#include "agent/diagnosis/local_steps.h"
#include "agent/policy/applied.h"

namespace muster::diagnosis {
namespace {

class Report {
 public:
  explicit Report(const Listener& listener) : listener_(listener) {}

  void add(const Finding& finding) {
    if (listener_.found) listener_.found(finding);
    all_.push_back(finding);
  }
  void add(const Findings& findings) {
    for (const Finding& finding : findings) add(finding);
  }
  // Every finding goes into the report as well.
  Listener listener() {
    return {[this](const Finding& finding) { add(finding); }, listener_.waits};
  }
  Findings all() && { return std::move(all_); }

 private:
  const Listener& listener_;
  Findings all_;
};

// The steps of uploading and downloading each have a section of their own, which may differ in what they show and
// trust.
bool agree(const config::TransferSettings& a, const config::TransferSettings& b) {
  if (a.trust != b.trust || a.identity.has_value() != b.identity.has_value()) return false;
  return !a.identity || a.identity->are_those_of(*b.identity);
}

Findings of_downloads(Findings findings) {
  for (Finding& finding : findings) {
    finding.message = "in downloads: " + finding.message;
    if (finding.error) finding.error->message = finding.message;
  }
  return findings;
}

struct Locals {
  Local uploads;
  std::optional<Local> downloads;  // where they differ
};

void examine_beacons(const config::Preferences& preferences, const Locals& locals, const Plan& plan, Report& report) {
  std::map<std::string, bool> arrives;  // by the way there: the same host is examined once for both directions
  for (const auto direction : {beacon::Direction::upload, beacon::Direction::download}) {
    const bool differs = direction == beacon::Direction::download && locals.downloads;
    const Local& local = differs ? *locals.downloads : locals.uploads;
    if (differs) arrives.clear();

    auto locations = config::locations(preferences, direction);
    if (!locations) {
      report.add(bad("locations", locations.error()));
      continue;
    }

    for (const beacon::Location& location : *locations) {
      const auto [way, is_new] = arrives.try_emplace(location.origin_url() + " " + location.proxy, false);
      if (!is_new && !way->second) continue;
      way->second = beacon_steps({location, direction, !is_new, plan.probe_upload}, local, report.listener());
    }
  }
}

}  // namespace

Finding good(std::string step, std::string message, std::string beacon) {
  return {std::move(step), std::move(beacon), Finding::Result::good, std::move(message), std::nullopt};
}

Finding unseen(std::string step, std::string message, std::string beacon) {
  return {std::move(step), std::move(beacon), Finding::Result::unseen, std::move(message), std::nullopt};
}

Finding bad(std::string step, Error error, std::string beacon) {
  std::string message = error.message;
  return {std::move(step), std::move(beacon), Finding::Result::bad, std::move(message), std::move(error)};
}

const Error* first_error(const Findings& findings) {
  for (const Finding& finding : findings) {
    if (finding.error) return &*finding.error;
  }
  return nullptr;
}

Findings examine(const config::Sources& sources, const Plan& plan, const Listener& listener) {
  Report report(listener);
  const auto loaded = policy::load_in_force(sources);
  if (!loaded) {
    report.add(bad("preferences", loaded.error()));
    return std::move(report).all();
  }

  const config::Preferences* const preferences = &loaded->preferences;
  report.add(preference_steps(*preferences));
  report.add(path_steps(*preferences));
  auto settings = config::transfer_settings(*preferences, config::Component::upload);
  if (!settings) return std::move(report).all();  // named among the preferences
  report.add(clock_steps(*preferences, *settings));

  Locals locals;
  report.add(identity_steps(*settings, plan.password, locals.uploads));
  report.add(renewal_steps(*preferences));
  report.add(trust_steps(*settings, locals.uploads));
  locals.uploads.settings = std::move(*settings);

  auto of_download = config::transfer_settings(*preferences, config::Component::download);
  if (of_download && !agree(locals.uploads.settings, *of_download)) {
    Local& local = locals.downloads.emplace();
    report.add(of_downloads(identity_steps(*of_download, plan.password, local)));
    report.add(of_downloads(trust_steps(*of_download, local)));
    local.settings = std::move(*of_download);
  }

  examine_beacons(*preferences, locals, plan, report);
  report.add(policy_steps(*loaded));
  report.add(update_steps(loaded->preferences));
  return std::move(report).all();
}

}  // namespace muster::diagnosis
