// Walks the whole way of a transfer step by step, from the preferences to what each beacon answers. Changes nothing on
// this machine: evidence of revocation that it fetches stays in memory, as a cache that root wrote would be in the way
// of the service. On a beacon it leaves a small file, where that is asked for.
#pragma once

#include "agent/config/preferences.h"
#include "agent/diagnosis/finding.h"
#include "agent/service/session.h"

namespace muster::diagnosis {

struct Plan {
  bool probe_upload = false;
  service::PasswordSource password;
};

// Findings are reported as soon as they are known. Blocks: ten seconds at most for a name, a connection or a silence,
// and for evidence of revocation as long as its fetches may take.
Findings examine(const config::Sources& sources, const Plan& plan, const Listener& listener);

}  // namespace muster::diagnosis
