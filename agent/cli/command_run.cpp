#include "agent/cli/commands.h"
#include "agent/cli/open_session.h"
#include "agent/service/agent.h"
#include "platform/log_output.h"
#include "platform/process.h"
#include "platform/service_host.h"

namespace muster::cli {

Status run_agent(const GlobalOptions& options) {
  platform::forbid_dumps();  // it holds a key for as long as it runs
  log::use_agent_lines();
  service::AgentOptions agent;
  agent.sources = sources_of(options);
  agent.password = password_source(options);
  agent.level_from_preference = options.verbosity == 0;

  Status ended;
  platform::run_hosted([&] {
    ended = service::run_agent(agent);
    return ended ? 0 : static_cast<int>(ended.error().kind);
  });
  return ended;
}

}  // namespace muster::cli
