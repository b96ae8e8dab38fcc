#include "agent/cli/commands.h"
#include "agent/cli/open_session.h"
#include "agent/service/agent.h"

namespace muster::cli {

Status run_agent(const GlobalOptions& options) {
  service::AgentOptions agent;
  agent.sources = sources_of(options);
  agent.password = password_source(options);
  agent.level_from_preference = options.verbosity == 0;
  return service::run_agent(agent);
}

}  // namespace muster::cli
