#include "agent/policy/fetch_rules.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/config/settings.h"
#include "agent/config/typed_reader.h"
#include "agent/policy/npl/href.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

bool is_file_name(const std::string& name) {
  return !name.empty() && name.find_first_of("/\\") == std::string::npos && !name.starts_with('.');
}

// Empty: it is not known.
Result<std::string> npl_path(const InForce& in_force, const beacon::Locations& locations) {
  const auto set = in_force.preferences.get(config::Component::policy, "BootstrappedPolicy");
  if (set && !set->text.empty()) {
    auto path = path_of_href(set->text, "", locations);
    if (path) return path;
    return fail(ErrorKind::preference, fmt::format("{}: BootstrappedPolicy: {}", set->origin, path.error().message),
                "name a path below the download location");
  }

  const auto domain = in_force.preferences.get(config::Component::select, "ComputerDomain");
  const std::string& device = in_force.by_hand.machine_id;
  if (!domain || !is_file_name(domain->text) || !is_file_name(device)) return std::string();
  return fmt::format("Policies/Merged/{}_domain/Machine/{}.npl", domain->text, device);
}

}  // namespace

Result<FetchRules> fetch_rules(const InForce& in_force, const beacon::Locations& locations) {
  config::TypedReader reader(in_force.preferences, config::Component::policy);
  const std::string format = text::lower(reader.text("PolicyFormat"));
  FetchRules rules;
  rules.refresh_period = seconds(static_cast<seconds::rep>(reader.number("PolicyPackageRefreshPeriod")));
  for (const std::string& type : text::split(reader.text("AllowedPkgTypes"), ';')) {
    rules.allowed_types.emplace_back(text::trim(type));
  }
  if (!reader.mistakes().empty()) return fail(config::error_of(reader.mistakes()));

  if (format != "npl") {
    const std::string& device = in_force.by_hand.machine_id;
    if (is_file_name(device)) rules.sources.push_back({false, "Policies/" + device + ".json"});
    rules.sources.push_back({false, "Policies/default.json"});
  }
  if (format == "json") return rules;

  auto npl = npl_path(in_force, locations);
  if (!npl) return fail(npl.error());
  if (npl->empty() && format == "npl") {
    return fail(ErrorKind::preference, "PolicyFormat is npl, and the path of the policy is not known",
                "set ComputerDomain or BootstrappedPolicy");
  }

  if (npl->empty()) return rules;
  const bool worked_last = in_force.record.source.starts_with(*npl + " at '");
  rules.sources.insert(worked_last ? rules.sources.begin() : rules.sources.end(), {true, std::move(*npl)});
  return rules;
}

}  // namespace muster::policy
