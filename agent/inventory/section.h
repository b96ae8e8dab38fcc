// The parts of an inventory that can be chosen and that fail on their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::inventory {

enum class Section {
  hardware,
  os,
  cpu,
  memory,
  storage,
  filesystem,
  network,
  pci,
  usb,
  battery,
  monitor,
  input,
  software,
  languages,
  service,
  user,
  database,
};

using Sections = std::vector<Section>;

const char* name(Section section);

// What --only and --skip leave, in the order of the enumeration. Each word is a list of names joined by ','. Without
// `only` all but languages. The error is of kind usage: an unknown name, or nothing is left.
Result<Sections> choose_sections(const std::vector<std::string>& only, const std::vector<std::string>& skip);

bool is_complete(const Sections& sections);  // holds all that a collection without options has

}  // namespace muster::inventory
