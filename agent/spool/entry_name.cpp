#include "agent/spool/entry_name.h"

#include "platform/base/text.h"

namespace muster::spool {
namespace {

constexpr std::size_t longest_name = 255;
constexpr std::string_view reason_suffix = ".reason";

std::string with_suffix(std::string_view name, std::string_view suffix, std::size_t longest) {
  std::string whole(name.substr(0, longest - suffix.size()));
  return whole.append(suffix);
}

}  // namespace

bool is_type(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos &&
         name == text::printable(name) && !is_system_folder(name);
}

bool is_system_folder(std::string_view name) { return name == "lost+found" || name == "System Volume Information"; }

bool is_unfinished(std::string_view name) { return name.starts_with('.') || name.ends_with(".tmp"); }

std::string set_aside_name(std::string_view name, unsigned attempt) {
  if (attempt == 0) return std::string(name);
  // Its reason has to differ from those of its namesakes as well, so that there is room for both endings.
  return with_suffix(name, "." + std::to_string(attempt), longest_name - reason_suffix.size());
}

bool is_reason(std::string_view name) { return name.ends_with(reason_suffix); }

std::string file_of_reason(std::string_view reason_name) {
  return std::string(reason_name.substr(0, reason_name.size() - reason_suffix.size()));
}

std::string reason_name(std::string_view set_aside_name) {
  return with_suffix(set_aside_name, reason_suffix, longest_name);
}

}  // namespace muster::spool
