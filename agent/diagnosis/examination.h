// Walks the whole way of a transfer step by step, from the preferences to what each beacon answers. Changes nothing,
// but for the small file that it uploads where that is asked for.
#pragma once

#include <functional>

#include "agent/config/preferences.h"
#include "agent/diagnosis/finding.h"
#include "agent/service/session.h"

namespace muster::diagnosis {

struct Plan {
  bool probe_upload = false;
  service::PasswordSource password;
};

// Each finding is told as soon as it is known. Blocks; no step takes longer than ten seconds.
Findings examine(const config::Sources& sources, const Plan& plan, const std::function<void(const Finding&)>& tell);

}  // namespace muster::diagnosis
