// What the documents of an existing beacon say, as plain values. Nothing in it counts before selection.h has taken it.
#pragma once

#include <string>
#include <vector>

#include "agent/schedule/event.h"

namespace muster::policy {

// A part of these documents that has no effect here.
struct NotUsed {
  std::string what;    // "event 'Upload'", "setting ManageSoft\Common\User"
  std::string reason;  // "a policy never sets a user or a password"
};
using NotUsedList = std::vector<NotUsed>;

// One line of an .ndc file below SOFTWARE\ManageSoft Corp.
struct Setting {
  std::string section;  // "ManageSoft\Common"
  std::string name;
  std::string value;
};

struct Packages {
  std::vector<Setting> settings;
  bool has_schedule = false;
  schedule::Schedule events;
  NotUsedList not_used;
};

}  // namespace muster::policy
