#include "agent/inventory/collect.h"

#include <algorithm>
#include <utility>

#include "agent/inventory/cyclonedx.h"
#include "agent/inventory/glpi.h"
#include "platform/base/version.h"
#include "ssl/digest.h"

namespace muster::inventory {
namespace {

// A root of its own for each section: what it was refused belongs to its notes.
std::string collect_section(Section section, const CollectRequest& request) {
  const auto root = platform::SystemRoot::open(request.root);
  if (!root) return {};
  const bool glpi = request.format == Format::glpi;
  Finding finding = glpi ? glpi_section(section, *root) : cyclonedx_section(section, *root);

  bool processes = false;  // of other users: all of them are one fact
  for (const std::string& path : root->refused()) {
    if (path.starts_with("proc/") && std::exchange(processes, true)) continue;
    finding.notes.push_back("section " + std::string(name(section)) + ": needs root to read /" + path);
  }
  for (const std::string& note : root->notes()) {
    finding.notes.push_back("section " + std::string(name(section)) + ": " + note);
  }
  return encode(finding);
}

// A GLPI server finds the device by its hardware, and software by the operating system that it belongs to.
Sections with_identification(const CollectRequest& request) {
  Sections sections = request.sections;
  if (request.format != Format::glpi) return sections;
  const auto has = [&](Section section) {
    return std::find(sections.begin(), sections.end(), section) != sections.end();
  };

  const bool has_software = has(Section::software) || has(Section::languages);
  if (has_software && !has(Section::os)) sections.insert(sections.begin(), Section::os);
  if (!has(Section::hardware)) sections.insert(sections.begin(), Section::hardware);
  return sections;
}

}  // namespace

Result<Inventory> collect(const CollectRequest& request) {
  if (auto root = platform::SystemRoot::open(request.root); !root) return tl::unexpected(root.error());

  std::vector<platform::Step> steps;
  for (const Section section : with_identification(request)) {
    steps.push_back({name(section), [section, &request] { return collect_section(section, request); }});
  }
  const auto results = platform::run_bounded(steps, request.limits);

  Inventory inventory;
  DocumentFrame frame;
  frame.notes = request.notes;
  std::vector<WrittenFinding> findings;
  ssl::Sha256 digest;
  digest.update(request.device_id + "\n" + MUSTER_VERSION);  // another version may report more

  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto finding = results[i].output ? decode(*results[i].output) : std::nullopt;
    if (!finding) {
      const std::string why = results[i].problem.empty() ? "gave no result" : results[i].problem;
      inventory.problems.push_back("section " + steps[i].name + " failed: it " + why);
      continue;
    }

    digest.update(finding->digest);
    for (std::string& note : finding->notes) frame.notes.push_back(std::move(note));
    findings.push_back(std::move(*finding));
  }

  inventory.complete = inventory.problems.empty() && is_complete(request.sections);
  frame.device_id = request.device_id;
  frame.partial = !inventory.complete;
  for (const std::string& problem : inventory.problems) frame.notes.push_back(problem);
  const bool glpi = request.format == Format::glpi;
  inventory.document = glpi ? glpi_document(frame, findings) : cyclonedx_document(frame, findings, wall_now());
  inventory.digest = digest.finish();
  return inventory;
}

}  // namespace muster::inventory
