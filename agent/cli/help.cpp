#include "agent/cli/help.h"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "platform/base/text.h"

namespace muster::cli {
namespace {

constexpr std::size_t max_columns = 100;
constexpr std::size_t name_columns = 26;

using Row = std::pair<std::string, std::string>;  // name, help

// One row with the help in a column of its own, wrapped.
std::string printed(const Row& row) {
  const auto& [name, help] = row;
  std::string text = fmt::format("  {:<{}}", name, name_columns);
  std::size_t column = text.size();
  if (name.size() + 2 > name_columns) {
    text += fmt::format("\n{:{}}", "", name_columns + 2);
    column = name_columns + 2;
  }

  for (const std::string& word : text::split(help, ' ')) {
    if (column + word.size() > max_columns) {
      text.pop_back();
      text += fmt::format("\n{:{}}", "", name_columns + 2);
      column = name_columns + 2;
    }
    text += word + " ";
    column += word.size() + 1;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string section(const std::string& title, const std::vector<Row>& rows) {
  if (rows.empty()) return {};
  std::string text = "\n" + title + ":\n";
  for (const Row& row : rows) text += printed(row);
  return text;
}

bool repeats(const CLI::Option& option) { return option.get_expected_max() > 1; }

// "-o NAME=VALUE", "-h, --help"
std::string shown_name(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
  if (option.get_items_expected_max() > 0) names += " " + option.get_type_name();
  return names;
}

std::vector<Row> options_of(const CLI::App& app, bool with_help = true) {
  std::vector<Row> rows;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) continue;
    const bool is_help = option == app.get_help_ptr();
    if (is_help && !with_help) continue;
    const bool is_version = option == app.get_version_ptr();
    const std::string help = is_help      ? "Prints this help"
                             : is_version ? "Prints the version and that of the libraries"
                                          : option->get_description();
    rows.emplace_back(shown_name(*option), help);
  }
  return rows;
}

std::vector<Row> arguments_of(const CLI::App& app) {
  std::vector<Row> rows;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) rows.emplace_back(option->get_name(true), option->get_description());
  }
  return rows;
}

std::vector<Row> commands_of(const CLI::App& app) {
  std::vector<Row> rows;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    rows.emplace_back(command->get_name(), command->get_description());
  }
  return rows;
}

std::string usage_of(const CLI::App& command) {
  std::string usage = "Usage: " + full_name(command) + " [OPTIONS]";
  if (command.get_require_subcommand_min() > 0) return usage + " COMMAND";

  for (const CLI::Option* option : command.get_options()) {
    const bool required = option->get_required();
    if (!option->get_positional() && !required) continue;
    const std::string name =
        (option->get_positional() ? option->get_name(true) : shown_name(*option)) + (repeats(*option) ? "..." : "");
    usage += required ? " " + name : " [" + name + "]";
  }
  return usage;
}

}  // namespace

const CLI::App& chosen_command(const CLI::App& root) {
  const CLI::App* command = &root;
  for (auto chosen = command->get_subcommands(); !chosen.empty(); chosen = command->get_subcommands()) {
    command = chosen.front();
  }
  return *command;
}

std::string full_name(const CLI::App& command) {
  if (command.get_parent() == nullptr) return command.get_name();
  return full_name(*command.get_parent()) + " " + command.get_name();
}

std::string help_of(const CLI::App& root) {
  const CLI::App& command = chosen_command(root);
  const bool is_root = &command == &root;

  std::string text = usage_of(command) + "\n\n" + command.get_description() + "\n";
  text += section("Arguments", arguments_of(command));
  text += section("Commands", commands_of(command));
  text += section("Options", options_of(command));
  if (!is_root) text += section("Global options", options_of(root, false));

  const std::string footer = command.get_footer();
  if (!footer.empty()) text += "\n" + footer + "\n";
  if (!is_root) text += "\nExit status: see muster --help or muster(1).\n";
  return text;
}

}  // namespace muster::cli
