#include "agent/cli/completion.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "agent/cli/grammar.h"
#include "platform/base/text.h"

namespace muster::cli {
namespace {

struct ShellOption {
  std::string name;   // "--type", "-O"
  std::string value;  // "FILE", "upload|download"; empty: it takes none
  std::string help;
};

// One command, or the program itself.
struct ShellCommand {
  std::string words;  // "cert import"; empty: the program
  std::string name;   // the last of them
  std::string help;
  std::vector<ShellOption> options;
  std::vector<std::string> commands;  // below it
  bool takes_file = false;
};

bool is_file(const std::string& value) {
  return value == "FILE" || value == "DIR" || value == "CERT" || value == "KEY";
}

// "upload|download" as "upload download"; empty for anything else.
std::string choices_of(const std::string& value) {
  if (value.find('|') == std::string::npos) return {};
  std::string words;
  for (const std::string& word : text::split(value, '|')) words += (words.empty() ? "" : " ") + word;
  return words;
}

std::vector<ShellOption> options_of(const CLI::App& app) {
  std::vector<ShellOption> options;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || option == app.get_help_ptr()) continue;
    const std::string value = option->get_items_expected_max() > 0 ? option->get_type_name() : "";
    const std::string help = option == app.get_version_ptr() ? "Prints the version" : option->get_description();
    for (const std::string& name : option->get_lnames()) options.push_back({"--" + name, value, help});
    for (const std::string& name : option->get_snames()) options.push_back({"-" + name, value, help});
  }
  return options;
}

void add_commands(const CLI::App& app, const std::string& words, std::vector<ShellCommand>& all) {
  ShellCommand command{words, app.get_name(), app.get_description(), options_of(app), {}, false};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() && is_file(option->get_name(true))) command.takes_file = true;
  }

  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* one : below) command.commands.push_back(one->get_name());
  all.push_back(std::move(command));
  for (const CLI::App* one : below)
    add_commands(*one, words.empty() ? one->get_name() : words + " " + one->get_name(), all);
}

std::vector<ShellCommand> all_commands() {
  std::vector<ShellCommand> all;
  add_commands(Grammar().app(), "", all);
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : " ") + word;
  return result;
}

std::string option_names(const std::vector<ShellOption>& options) {
  std::string names;
  for (const ShellOption& option : options) names += " " + option.name;
  return names;
}

// A text between single quotes, for all three shells.
std::string in_quotes(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// Each option that takes a value, once: its meaning is the same in every command.
std::vector<ShellOption> valued_options(const std::vector<ShellCommand>& all) {
  std::vector<ShellOption> found;
  for (const ShellCommand& command : all) {
    for (const ShellOption& option : command.options) {
      const bool known =
          std::any_of(found.begin(), found.end(), [&](const auto& one) { return one.name == option.name; });
      if (!option.value.empty() && !known) found.push_back(option);
    }
  }
  return found;
}

// The cases that turn the words so far into the command, for bash and zsh.
std::string command_cases(const std::vector<ShellCommand>& all) {
  std::string text;
  for (const ShellCommand& command : all) {
    if (command.words.empty()) continue;
    const std::size_t last = command.words.rfind(' ');
    const std::string above = last == std::string::npos ? "" : command.words.substr(0, last);
    text += fmt::format("      '{}:{}') command='{}' ;;\n", above, command.name, command.words);
  }
  return text;
}

}  // namespace

std::string bash_completion() {
  const auto all = all_commands();
  std::string text =
      "# bash completion for muster; made by scripts/update-docs\n"
      "_muster() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command='' word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$command:$word\" in\n" +
      command_cases(all) + "    esac\n  done\n\n  case \"$previous\" in\n";

  for (const ShellOption& option : valued_options(all)) {
    const std::string choices = choices_of(option.value);
    const std::string words = is_file(option.value) ? "-f" : fmt::format("-W '{}'", choices);
    text +=
        fmt::format("    {}) mapfile -t COMPREPLY < <(compgen {} -- \"$current\"); return ;;\n", option.name, words);
  }
  text += "  esac\n\n  local words='' files=''\n  case \"$command\" in\n";

  for (const ShellCommand& command : all) {
    std::string words = joined(command.commands) + option_names(command.options);
    if (!command.words.empty()) words += option_names(all.front().options);
    text +=
        fmt::format("    '{}') words='{} --help'{} ;;\n", command.words, words, command.takes_file ? " files=-f" : "");
  }
  return text +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" $files -- \"$current\")\n"
         "}\n"
         "complete -F _muster muster\n";
}

std::string zsh_completion() {
  const auto all = all_commands();
  std::string text =
      "#compdef muster\n"
      "# zsh completion for muster; made by scripts/update-docs\n"
      "_muster() {\n"
      "  local command='' word previous=${words[CURRENT-1]}\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    case \"$command:$word\" in\n" +
      command_cases(all) + "    esac\n  done\n\n  case \"$previous\" in\n";

  for (const ShellOption& option : valued_options(all)) {
    const std::string choices = choices_of(option.value);
    const std::string action = is_file(option.value) ? "_files"
                               : choices.empty()     ? "_message value"
                                                     : "compadd " + choices;
    text += fmt::format("    {}) {}; return ;;\n", option.name, action);
  }
  text += "  esac\n\n  local -a choices\n  case \"$command\" in\n";

  for (const ShellCommand& command : all) {
    std::string rows;
    for (const ShellCommand& below : all) {
      const bool is_below = below.words == (command.words.empty() ? below.name : command.words + " " + below.name);
      if (is_below && !below.words.empty()) rows += " " + in_quotes(below.name + ":" + below.help);
    }

    for (const ShellOption& option : command.options) rows += " " + in_quotes(option.name + ":" + option.help);
    if (!command.words.empty()) {
      for (const ShellOption& option : all.front().options) rows += " " + in_quotes(option.name + ":" + option.help);
    }
    text += fmt::format("    '{}') choices=({}){} ;;\n", command.words, rows, command.takes_file ? "; _files" : "");
  }

  return text +
         "  esac\n"
         "  _describe muster choices\n"
         "}\n"
         "_muster \"$@\"\n";
}

std::string fish_completion() {
  const auto all = all_commands();
  std::string text =
      "# fish completion for muster; made by scripts/update-docs\n"
      "complete -c muster -f\n";

  for (const ShellCommand& command : all) {
    const std::size_t space = command.words.find(' ');
    const std::string top = command.words.substr(0, space);
    std::string here = command.words.empty() ? "" : "__fish_seen_subcommand_from " + top;
    if (space != std::string::npos) here += "; and __fish_seen_subcommand_from " + command.name;
    const std::string condition = here.empty() ? "" : " -n " + in_quotes(here);

    if (!command.words.empty()) {
      const std::string where =
          space == std::string::npos ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + top;
      text += fmt::format("complete -c muster -n {} -a {} -d {}\n", in_quotes(where), command.name,
                          in_quotes(command.help));
    }

    for (const ShellOption& option : command.options) {
      const bool is_long = option.name.starts_with("--");
      const std::string choices = choices_of(option.value);
      std::string value = option.value.empty() ? "" : is_file(option.value) ? " -r -F" : " -x";
      if (!choices.empty()) value += " -a " + in_quotes(choices);
      text += fmt::format("complete -c muster{} {} {}{} -d {}\n", condition, is_long ? "-l" : "-s",
                          option.name.substr(is_long ? 2 : 1), value, in_quotes(option.help));
    }

    if (command.takes_file) text += fmt::format("complete -c muster{} -F\n", condition);
  }
  return text;
}

}  // namespace muster::cli
