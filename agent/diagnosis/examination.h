// Walks the whole way of a transfer step by step, from the preferences to what each beacon answers. Changes nothing,
// but for evidence of revocation that is fetched and cached, and the small file that it uploads where that is asked
// for.
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

// Findings are told when the step, or the whole visit to a beacon, has ended. Blocks: ten seconds at most for a name, a
// connection or a silence, and for evidence of revocation as long as its fetches may take.
Findings examine(const config::Sources& sources, const Plan& plan, const std::function<void(const Finding&)>& tell);

}  // namespace muster::diagnosis
