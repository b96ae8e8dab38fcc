// The running agent: owns the parts and waits for all of them in one place.
#pragma once

#include "agent/config/preferences.h"
#include "agent/service/session.h"

namespace muster::service {

struct AgentOptions {
  config::Sources sources;  // read again on SIGHUP
  PasswordSource password;
  bool level_from_preference = true;  // LogLevel; false: -v or -q was given
};

// Returns when it was asked to stop and what was in flight has ended, or its grace is over. Takes signals over, so it
// is called before there are other threads, once in a process. Fails at once where the preferences are wrong, the spool
// cannot be used or another agent runs; a client certificate that is missing or broken is waited for.
Status run_agent(const AgentOptions& options);

}  // namespace muster::service
