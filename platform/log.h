// The log, on standard error. An error is logged once, where it is decided. Safe from any thread. What is logged
// is made printable; callers keep secrets out.
#pragma once

#include <string>

namespace muster::log {

enum class Level { debug, info, warning, error, off };

void set_level(Level level);
bool enabled(Level level);

void debug(const std::string& message);
void info(const std::string& message);
void warning(const std::string& message);
void error(const std::string& message);

}  // namespace muster::log
