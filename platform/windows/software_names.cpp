#include "platform/windows/software_names.h"

#include <algorithm>

#include "platform/base/text.h"

namespace muster::platform {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

std::optional<WallTime> install_date(std::string_view text) {
  constexpr std::size_t length = sizeof "20240131" - 1;
  if (text.size() != length || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size) {
    return static_cast<unsigned>(*text::to_number(text.substr(at, size)));
  };

  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number(0, 4))),
                                         std::chrono::month(number(4, 2)), std::chrono::day(number(6, 2))};
  const bool is_plausible =
      date.ok() && date.year() >= std::chrono::year(1980) && date.year() < std::chrono::year(2200);
  return is_plausible ? std::optional<WallTime>(std::chrono::sys_days(date)) : std::nullopt;
}

std::string product_guid(std::string_view key) {
  constexpr std::string_view form = "{00000000-0000-0000-0000-000000000000}";
  if (key.size() != form.size()) return {};
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool fits = form[i] == '0' ? is_hex(key[i]) : key[i] == form[i];
    if (!fits) return {};
  }
  return std::string(key);
}

std::optional<AppName> app_name(std::string_view full_name) {
  const auto parts = text::split_exactly(full_name, '_');
  constexpr std::size_t count = 5;
  if (parts.size() != count || parts[0].empty() || parts[1].empty() || parts[4].empty()) return std::nullopt;
  return AppName{parts[0], parts[1], parts[2], parts[3]};
}

std::string article(std::string_view text) {
  constexpr std::size_t min_digits = 5;
  constexpr std::size_t max_digits = 8;

  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    if (!text::equal_ignoring_case(text.substr(at, 2), "KB")) continue;
    std::size_t end = at + 2;
    while (end < text.size() && is_digit(text[end])) ++end;
    const std::size_t digits = end - at - 2;
    if (digits >= min_digits && digits <= max_digits) return "KB" + std::string(text.substr(at + 2, digits));
  }
  return {};
}

UpdateName update_name(std::string_view key) {
  const std::size_t first = key.find('~');
  const std::size_t last = key.rfind('~');
  if (first == std::string_view::npos) return {std::string(key), {}};
  return {std::string(key.substr(0, first)), std::string(key.substr(last + 1))};
}

}  // namespace muster::platform
