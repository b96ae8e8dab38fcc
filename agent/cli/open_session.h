// How every command comes by its preferences and its session.
#pragma once

#include "agent/cli/arguments.h"
#include "agent/service/session.h"

namespace muster::cli {

config::Sources sources_of(const GlobalOptions& options);

// Warnings are logged. The second for commands that need no policy's record.
Result<policy::InForce> load_in_force(const GlobalOptions& options);
Result<config::Preferences> load_preferences(const GlobalOptions& options);

// From --key-password-fd, or from a person at the terminal.
service::PasswordSource password_source(const GlobalOptions& options);

Result<std::unique_ptr<service::Session>> open_session(const GlobalOptions& options, beacon::Direction direction,
                                                       std::shared_ptr<const platform::Wakeup> wakeup = nullptr);

}  // namespace muster::cli
