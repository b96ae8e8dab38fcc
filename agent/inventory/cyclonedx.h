// CycloneDX 1.6 (ECMA-424), a bill of materials in JSON: operating system, firmware, software with package URLs,
// devices and services. What it has no place for, such as users and file systems, is left out.
#pragma once

#include "agent/inventory/finding.h"
#include "agent/inventory/glpi.h"
#include "agent/inventory/section.h"
#include "platform/base/clock.h"
#include "platform/packages.h"
#include "platform/system_root.h"

namespace muster::inventory {

Finding cyclonedx_section(Section section, const platform::SystemRoot& root);

std::string cyclonedx_document(const DocumentFrame& frame, const std::vector<WrittenFinding>& findings, WallTime now);

struct Distribution {
  std::string id;       // "debian"
  std::string version;  // "12"
};

// github.com/package-url/purl-spec; empty for kinds that it has no type for.
std::string package_url(const platform::Package& package, const Distribution& distribution);

}  // namespace muster::inventory
