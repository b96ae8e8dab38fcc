#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/diagnosis/examination.h"
#include "platform/base/text.h"
#include "platform/terminal.h"

namespace muster::cli {
namespace {

const char* mark_of(diagnosis::Finding::Result result) {
  static constexpr std::array signs{"\u2713", "\u2717", "\u2013"};
  static constexpr std::array words{"ok ", "BAD", "-  "};
  const auto at = static_cast<std::size_t>(result);
  return platform::shows_utf8() ? signs.at(at) : words.at(at);
}

std::string line_of(const diagnosis::Finding& finding) {
  const std::string where = finding.beacon.empty() ? finding.step : finding.beacon + ": " + finding.step;
  return fmt::format("{} {}: {}\n", mark_of(finding.result), text::printable(where), text::printable(finding.message));
}

std::string waiting_line(const std::string& beacon, const std::string& what) {
  return fmt::format("{} {}: {}\n", platform::shows_utf8() ? "\u2026" : "...", text::printable(beacon),
                     text::printable(what));
}

std::string conclusion_of(const diagnosis::Findings& findings) {
  const auto unseen = std::count_if(findings.begin(), findings.end(), [](const diagnosis::Finding& finding) {
    return finding.result == diagnosis::Finding::Result::unseen;
  });
  if (unseen == 0) return "No problems found.\n";
  return fmt::format("No problems found; {} check{} not possible (marked {})\n", unseen,
                     unseen == 1 ? " was" : "s were", mark_of(diagnosis::Finding::Result::unseen));
}

// How many of several beacons work, where not all do; empty otherwise.
std::string beacons_that_work(const diagnosis::Findings& findings) {
  std::map<std::string, bool> beacons;
  for (const diagnosis::Finding& finding : findings) {
    if (finding.beacon.empty()) continue;
    bool& works = beacons.try_emplace(finding.beacon, true).first->second;
    works = works && finding.result != diagnosis::Finding::Result::bad;
  }

  std::string names;
  std::size_t working = 0;
  for (const auto& [beacon, works] : beacons) {
    if (!works) continue;
    ++working;
    names += (names.empty() ? "'" : ", '") + text::printable(beacon) + "'";
  }
  if (beacons.size() < 2 || working == beacons.size()) return {};
  if (working == 0) return fmt::format("None of {} beacons works.\n", beacons.size());
  return fmt::format("{} of {} beacons work{}: {}\n", working, beacons.size(), working == 1 ? "s" : "", names);
}

}  // namespace

Ended doctor(const GlobalOptions& options, const DoctorArguments& arguments) {
  diagnosis::Plan plan;
  plan.probe_upload = arguments.probe_upload;
  plan.password = password_source(options);

  Status printed;
  diagnosis::Listener listener;
  if (!options.json) {
    listener.found = [&](const diagnosis::Finding& finding) {
      if (printed) printed = print(line_of(finding));
    };
    listener.waits = [&](const std::string& beacon, const std::string& what) {
      if (printed) printed = print(waiting_line(beacon, what));
    };
  }

  const diagnosis::Findings findings = diagnosis::examine(sources_of(options), plan, listener);
  if (options.json) printed = print(json_of(findings));

  if (!printed) return printed;
  const Error* const first = diagnosis::first_error(findings);
  if (first != nullptr) {
    if (!options.json) printed = print(beacons_that_work(findings));
    return printed ? Ended(fail(*first), options.json) : printed;
  }
  return options.json ? Status() : print(conclusion_of(findings));
}

}  // namespace muster::cli
