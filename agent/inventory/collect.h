// Takes the inventory of a system and writes it as one document.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/inventory/finding.h"
#include "agent/inventory/section.h"
#include "platform/base/result.h"
#include "platform/bounded_steps.h"

namespace muster::inventory {

struct CollectRequest {
  std::filesystem::path root = "/";
  Format format = Format::glpi;
  Sections sections;
  std::string device_id;
  std::vector<std::string> notes;  // for the document, about the device's id
  platform::StepLimits limits;
};

struct Inventory {
  std::string document;               // JSON
  std::string digest;                 // 32 bytes; equal where nothing changed that matters
  std::vector<std::string> problems;  // sections that failed: "section network failed: it took longer than 60000 ms"
  bool complete = false;              // all sections of a full inventory, none failed
};

// Each section is collected in a bounded child: see bounded_steps.h for threads. Sections that fail are named in the
// document. The error is of kind local_file: there is no such root.
Result<Inventory> collect(const CollectRequest& request);

}  // namespace muster::inventory
