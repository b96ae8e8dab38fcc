#include "ssl/certificate_summary.h"

#include <fmt/core.h>

#include <cstdint>

#include "platform/base/utf8.h"

namespace muster::ssl {
namespace {

seconds time_left(const CertificateSummary& certificate, WallTime now) {
  const auto end = certificate.end_beyond_clock.value_or(std::chrono::floor<seconds>(certificate.not_after));
  return end - std::chrono::floor<seconds>(now);
}

std::string counted(std::int64_t number, const char* unit) {
  return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s");
}

// Rounded down.
std::string span_in_words(seconds span) {
  constexpr std::chrono::hours some_days{48};
  constexpr std::chrono::hours some_hours{2};
  using std::chrono::floor;
  if (span >= some_days) return counted(floor<std::chrono::days>(span).count(), "day");
  if (span >= some_hours) return counted(floor<std::chrono::hours>(span).count(), "hour");
  return counted(floor<std::chrono::minutes>(span).count(), "minute");
}

}  // namespace

long days_left(const CertificateSummary& certificate, WallTime now) {
  return static_cast<long>(std::chrono::floor<std::chrono::days>(time_left(certificate, now)).count());
}

std::string expiry_in_words(const CertificateSummary& certificate, WallTime now) {
  const seconds left = time_left(certificate, now);
  return left.count() < 0 ? fmt::format("expired {} ago", span_in_words(-left)) : "expires in " + span_in_words(left);
}

std::string shorten_name(const std::string& name) {
  constexpr std::size_t max_length = 100;
  if (name.size() <= max_length) return name;
  return name.substr(0, text::cut_before(name, max_length)) + "...";
}

std::string list_names(const std::vector<std::string>& names, std::size_t max_shown) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < max_shown; ++i) {
    if (i > 0) text += ", ";
    for (const char c : shorten_name(names[i])) {
      if (c == ',' || c == '\\') text += '\\';
      text += c;
    }
  }
  if (names.size() > max_shown) text += fmt::format(" or {} more", names.size() - max_shown);
  return text;
}

}  // namespace muster::ssl
