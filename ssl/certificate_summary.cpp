#include "ssl/certificate_summary.h"

#include <fmt/core.h>

#include <cstdint>

#include "platform/base/counted.h"
#include "platform/base/utf8.h"

namespace muster::ssl {
namespace {

seconds time_left(const CertificateSummary& certificate, WallTime now) {
  const auto end = certificate.end_beyond_clock.value_or(std::chrono::floor<seconds>(certificate.not_after));
  return end - std::chrono::floor<seconds>(now);
}

template <class Unit>
std::string whole(seconds span, const char* noun) {
  return text::counted(static_cast<std::uint64_t>(std::chrono::floor<Unit>(span).count()), noun);
}

// Rounded down; not negative.
std::string span_in_words(seconds span) {
  constexpr std::chrono::hours some_days{48};
  constexpr std::chrono::hours some_hours{2};
  if (span >= some_days) return whole<std::chrono::days>(span, "day");
  if (span >= some_hours) return whole<std::chrono::hours>(span, "hour");
  return whole<std::chrono::minutes>(span, "minute");
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
