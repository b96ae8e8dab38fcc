#include "agent/transfer/wire_log.h"

#include <fmt/core.h>

#include "platform/base/text.h"
#include "platform/log.h"

namespace muster::transfer {
namespace {

bool is_one_of(std::string_view name, std::string_view one, std::string_view other) {
  return text::equal_ignoring_case(name, one) || text::equal_ignoring_case(name, other);
}

bool has_credentials(std::string_view name) { return is_one_of(name, "Authorization", "Proxy-Authorization"); }

bool has_cookie(std::string_view name) { return is_one_of(name, "Cookie", "Set-Cookie"); }

const char* mark_of(curl_infotype type) {
  switch (type) {
    case CURLINFO_TEXT: return "*";
    case CURLINFO_HEADER_IN: return "<";
    case CURLINFO_HEADER_OUT: return ">";
    default: return nullptr;
  }
}

}  // namespace

std::string shown_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::string(line);
  const std::string_view name = line.substr(0, colon);
  if (has_cookie(name)) return fmt::format("{}: [not shown]", name);
  if (!has_credentials(name)) return std::string(line);

  // "Basic YWdlbnQ...": the scheme is no secret.
  const std::string_view value = text::trim(line.substr(colon + 1));
  const std::size_t blank = value.find(' ');
  return fmt::format("{}: {}[not shown]", name, blank == value.npos ? "" : value.substr(0, blank + 1));
}

void log_wire(ExchangeId id, curl_infotype type, std::string_view text) {
  const char* const mark = mark_of(type);
  if (mark == nullptr) return;
  for (const std::string& line : text::split(text, '\n')) {
    const std::string_view trimmed = text::trim(line);
    if (!trimmed.empty()) log::debug(fmt::format("{} {} {}", id, mark, shown_field(trimmed)));
  }
}

}  // namespace muster::transfer
