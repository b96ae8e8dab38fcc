// How every command comes by its preferences and its session.
#pragma once

#include "agent/cli/arguments.h"
#include "agent/service/session.h"

namespace muster::cli {

config::Sources sources_of(const GlobalOptions& options);
Result<config::Preferences> load_preferences(const GlobalOptions& options);  // warnings are logged

// From --key-password-fd, or from a person at the terminal.
service::PasswordSource password_source(const GlobalOptions& options);

Result<std::unique_ptr<service::Session>> open_session(const GlobalOptions& options, beacon::Direction direction,
                                                       std::shared_ptr<const platform::Wakeup> wakeup = nullptr);

}  // namespace muster::cli
