#include "agent/config/installer_properties.h"

#include <fmt/core.h>

#include "platform/base/text.h"

namespace muster::config {
namespace {

constexpr std::string_view answer_prefix = "MGSFT_";
constexpr std::string_view without_prefix = "PREFERIPVERSION";  // is called so in answer files, too

bool is_name(std::string_view text) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

void add_answer(InstallerProperties& found, const std::string& name, std::string_view value) {
  const bool whole = name == without_prefix || name.starts_with(answer_prefix);
  found.answers += fmt::format("{}{}=\"{}\"\n", whole ? "" : answer_prefix, name, value);
}

}  // namespace

Result<InstallerProperties> read_properties(const std::vector<std::string>& properties) {
  InstallerProperties found;
  for (const std::string& property : properties) {
    const std::size_t equals = property.find('=');
    const std::string name = property.substr(0, equals);
    if (equals == std::string::npos || !is_name(name)) {
      return fail(ErrorKind::usage, fmt::format("'{}' is no property", text::printable(name)), "write NAME=VALUE");
    }

    const std::string_view value = text::trim(std::string_view(property).substr(equals + 1));
    if (value.find_first_of("\r\n\"") != std::string_view::npos) {
      return fail(ErrorKind::usage, fmt::format("the property {} has a quote or a line break in it", name),
                  "leave it out");
    }
    if (value.empty()) continue;

    if (name == "CLIENTPFX") {
      found.client_pfx = value;
    } else if (name == "CLIENTPFXPASSWORDFILE") {
      found.client_pfx_password_file = value;
    } else if (name == "ROOTCA") {
      found.root_ca = value;
    } else {
      add_answer(found, name, value);
    }
  }
  return found;
}

}  // namespace muster::config
