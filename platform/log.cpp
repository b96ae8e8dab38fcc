#include "platform/log.h"

#include <fmt/core.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "platform/base/text.h"
#include "platform/host.h"
#include "platform/log_output.h"
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

// "<3>" (sd-daemon(3)).
class Priority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    constexpr int debug = 7;
    constexpr int info = 6;
    constexpr int warning = 4;
    constexpr int error = 3;
    int priority = error;
    if (message.level == spdlog::level::warn) priority = warning;
    if (message.level == spdlog::level::info) priority = info;
    if (message.level < spdlog::level::info) priority = debug;
    const std::string text = fmt::format("<{}>", priority);
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<Priority>(); }
};

constexpr const char* lines_for_people = "%^muster:%$ %v";
constexpr const char* lines_of_agent = "%Y-%m-%dT%H:%M:%S%z muster[%P]: %v";

std::unique_ptr<spdlog::formatter> journal_lines() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<Priority>('*').set_pattern("%*%v");
  return formatter;
}

// The outputs may change while other threads log.
struct Outputs {
  std::shared_ptr<spdlog::sinks::dist_sink_mt> all = std::make_shared<spdlog::sinks::dist_sink_mt>();
  spdlog::sink_ptr error_stream;
  spdlog::sink_ptr file;

  Outputs() {
    const bool colour =
        platform::understands_escapes(platform::Stream::error) && platform::environment("NO_COLOR").empty();
    const auto mode = colour ? spdlog::color_mode::always : spdlog::color_mode::never;
    error_stream = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode);
    if (platform::is_journal(platform::Stream::error)) {
      error_stream->set_formatter(journal_lines());
    } else {
      error_stream->set_pattern(lines_for_people);
    }
    all->add_sink(error_stream);
  }
};

Outputs& outputs() {
  static Outputs instance;
  return instance;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("muster", outputs().all);
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

void use_agent_lines() {
  if (platform::is_journal(platform::Stream::error)) return;
  outputs().error_stream->set_pattern(lines_of_agent);
}

Status use_file(const FileOutput& output) {
  spdlog::sink_ptr file;
  if (!output.file.empty()) {
    try {
      file =
          std::make_shared<spdlog::sinks::rotating_file_sink_mt>(output.file.native(), output.max_size, output.count);
    } catch (const spdlog::spdlog_ex& problem) {
      return fail(ErrorKind::local_file, fmt::format("cannot log to {}: {}", output.file.string(), problem.what()),
                  "correct LogFile, or let the service write there");
    }
    file->set_pattern(lines_of_agent);
  }

  if (outputs().file) outputs().all->remove_sink(outputs().file);
  if (file) outputs().all->add_sink(file);
  outputs().file = std::move(file);
  logger().flush_on(spdlog::level::debug);
  return {};
}

}  // namespace muster::log
