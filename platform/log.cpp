#include "platform/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "platform/base/text.h"
#include "platform/host.h"
#include "platform/terminal.h"

namespace muster::log {
namespace {

spdlog::level::level_enum native(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: break;
  }
  return spdlog::level::off;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    const bool colour =
        platform::understands_escapes(platform::Stream::error) && platform::environment("NO_COLOR").empty();
    const auto mode = colour ? spdlog::color_mode::always : spdlog::color_mode::never;
    auto made = std::make_shared<spdlog::logger>("muster", std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode));
    made->set_pattern("%^muster:%$ %v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

void write(Level level, const char* prefix, const std::string& message) {
  logger().log(native(level), "{}{}", prefix, text::printable(message));
}

}  // namespace

void set_level(Level level) { logger().set_level(native(level)); }
bool enabled(Level level) { return logger().should_log(native(level)); }

void debug(const std::string& message) { write(Level::debug, "debug: ", message); }
void info(const std::string& message) { write(Level::info, "info: ", message); }
void warning(const std::string& message) { write(Level::warning, "warning: ", message); }
void error(const std::string& message) { write(Level::error, "", message); }

}  // namespace muster::log
