// The GLPI inventory format (github.com/glpi-project/inventory_format, 1.2): keys in lower case, sizes mostly in MiB,
// dates as "YYYY-MM-DD" or "YYYY-MM-DD HH:MM:SS". An entry that lacks a key which the schema requires is left out.
#pragma once

#include "agent/inventory/finding.h"
#include "agent/inventory/section.h"
#include "platform/system_root.h"

namespace muster::inventory {

// Fetches the facts of one section and shapes them.
Finding glpi_section(Section section, const platform::SystemRoot& root);

struct DocumentFrame {
  std::string device_id;
  bool partial = false;
  std::vector<std::string> notes;
};

std::string glpi_document(const DocumentFrame& frame, const std::vector<WrittenFinding>& findings);

}  // namespace muster::inventory
