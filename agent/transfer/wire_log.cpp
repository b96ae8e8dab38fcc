#include "agent/transfer/wire_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "platform/base/text.h"
#include "platform/log.h"

namespace muster::transfer {
namespace {

constexpr std::array<std::string_view, 4> secret_fields{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"};

bool is_secret(std::string_view name) {
  return std::any_of(secret_fields.begin(), secret_fields.end(),
                     [&](std::string_view one) { return text::equal_ignoring_case(one, name); });
}

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
  if (colon == std::string_view::npos || !is_secret(line.substr(0, colon))) return std::string(line);

  // "Basic YWdlbnQ...": the scheme is no secret.
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = text::trim(line.substr(colon + 1));
  const std::size_t blank = value.find(' ');
  const bool has_scheme = !text::equal_ignoring_case(name.substr(name.size() - 6), "cookie") && blank != value.npos;
  return fmt::format("{}: {}[not shown]", name, has_scheme ? value.substr(0, blank + 1) : "");
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
