#include "agent/cli/usage_error.h"

#include <fmt/core.h>

#include <optional>
#include <vector>

#include "agent/cli/help.h"
#include "platform/base/suggestion.h"
#include "platform/base/text.h"

namespace muster::cli {
namespace {

constexpr std::size_t max_shown = 60;

std::string shown(const std::string& typed) {
  return typed.size() <= max_shown ? typed : text::printable(typed.substr(0, max_shown)) + "...";
}

std::string suggestion(const std::string& typed, const std::vector<std::string>& known) {
  const auto closest = text::closest(typed, known);
  return closest ? fmt::format("; did you mean '{}'?", *closest) : std::string();
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

// What no command and no option has taken, the first of it.
std::optional<std::string> first_leftover(const CLI::App& root) {
  const auto left = root.remaining(true);
  if (left.empty()) return std::nullopt;
  return left.front();
}

std::string unexpected_argument(const CLI::App& root, const CLI::App& command) {
  const std::string typed = first_leftover(root).value_or("");
  if (!typed.starts_with('-') || typed == "-") return fmt::format("unexpected argument '{}'", shown(typed));

  const std::string name = typed.substr(0, typed.find('='));
  return fmt::format("unknown option '{}'{}", shown(name), suggestion(name, options_of(command)));
}

std::string missing_command(const CLI::App& root, const CLI::App& command) {
  const auto typed = first_leftover(root);
  if (typed && typed->starts_with('-')) return unexpected_argument(root, command);
  if (!typed) return &command == &root ? "no command given" : "no command given after '" + full_name(command) + "'";

  const std::string of = &command == &root ? "" : fmt::format(" of '{}'", full_name(command));
  return fmt::format("unknown command '{}'{}{}", shown(*typed), of, suggestion(*typed, commands_of(command)));
}

std::string missing_argument(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_required() || option->count() > 0) continue;
    const std::string name = option->get_positional() ? option->get_name(true) : option->get_name();
    return fmt::format("{} is missing", name);
  }
  return "an argument is missing";
}

// CLI11 names the option in its text alone. It is used for words, never for a decision.
std::string option_in(const std::string& message) {
  const std::size_t begin = message.find('-');
  if (begin == std::string::npos) return "an option";
  const std::string name = message.substr(begin, message.find_first_of(" :,=", begin) - begin);
  return shown(name);
}

bool takes_value(const CLI::App& command, const std::string& name) {
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    const CLI::Option* const option = app->get_option_no_throw(name);
    if (option != nullptr) return option->get_items_expected_max() > 0;
  }
  return false;
}

std::string two_options(const std::string& message) {
  std::string first = option_in(message);
  const std::size_t second = message.rfind(" -");
  if (second == std::string::npos) return first;
  return fmt::format("{} and {}", first, option_in(message.substr(second)));
}

}  // namespace

WrongValue::WrongValue(const std::string& option, const std::string& expected, const std::string& typed)
    : CLI::ValidationError("WrongValue", fmt::format("{} must be {}, not '{}'", option, expected, shown(typed)),
                           CLI::ExitCodes::ValidationError) {}

std::string usage_error(const CLI::ParseError& error, const CLI::App& root) {
  const CLI::App& command = chosen_command(root);
  std::string message = error.what();

  if (dynamic_cast<const WrongValue*>(&error) != nullptr) return message;
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr ||
      dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    const std::string option = option_in(message);
    return option + (takes_value(command, option) ? " needs a value" : " takes no value");
  }
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    return two_options(message) + " cannot be used together";
  }

  const bool command_is_missing = command.get_require_subcommand_min() > 0;
  if (command_is_missing) return missing_command(root, command);
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) return missing_argument(command);
  return unexpected_argument(root, command);
}

}  // namespace muster::cli
