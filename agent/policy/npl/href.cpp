#include "agent/policy/npl/href.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "agent/config/mistake.h"
#include "agent/policy/document.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

constexpr std::size_t max_href = 1024;  // bytes
constexpr unsigned https_port = 443;
constexpr unsigned http_port = 80;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// RFC 3986, 2.1. Nothing where a percent sign is not followed by two digits.
std::optional<std::string> decoded(std::string_view segment) {
  std::string result;
  for (std::size_t at = 0; at < segment.size(); ++at) {
    if (segment[at] != '%') {
      result += segment[at];
      continue;
    }

    if (segment.size() - at < 3) return std::nullopt;
    const int high = hex_digit(segment[at + 1]);
    const int low = hex_digit(segment[at + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return result;
}

bool is_good_segment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return false;
  return std::none_of(segment.begin(), segment.end(),
                      [](char c) { return text::is_control(c) || c == '/' || c == '\\' || c == ':'; });
}

// Decoded once, segment by segment, so that no "%2e%2e" or "%2f" gets through.
Result<std::string> checked_path(std::string_view encoded) {
  std::string path;
  for (const std::string& segment : text::split_exactly(encoded, '/')) {
    const auto plain = decoded(segment);
    if (!plain || !is_good_segment(*plain)) {
      return refuse(fmt::format("its path may not have the part '{}'", config::excerpt(segment)));
    }
    path += (path.empty() ? "" : "/") + *plain;
  }
  return path;
}

std::optional<std::string_view> after_prefix(std::string_view href, std::string_view prefix) {
  if (!text::starts_with_ignoring_case(href, prefix)) return std::nullopt;
  return href.substr(prefix.size());
}

// Of a decoded path what follows "Directory/", where a location has that directory.
std::optional<std::string_view> below_directory(std::string_view path, const beacon::Location& location) {
  return after_prefix(path, location.directory.empty() ? "" : location.directory + "/");
}

tl::unexpected<Error> refuse_elsewhere(std::string_view href) {
  return refuse(fmt::format("'{}' is not below a download location of this device", config::excerpt(href)));
}

Result<std::string> path_of_url(bool tls, std::string_view rest, const beacon::Locations& locations) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string host(rest.substr(0, slash));
  unsigned port = tls ? https_port : http_port;
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
    port = static_cast<unsigned>(std::min<std::uint64_t>(text::to_number(host.substr(colon + 1)).value_or(0), 65'536));
    host.resize(colon);
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);

  if (slash + 1 >= rest.size()) return refuse_elsewhere(rest);
  auto path = checked_path(rest.substr(slash + 1));
  if (!path) return path;
  for (const beacon::Location& location : locations) {
    const bool same = location.tls == tls && location.port == port && text::equal_ignoring_case(location.host, host);
    const auto below = same ? below_directory(*path, location) : std::nullopt;
    if (below) return std::string(*below);
  }
  return refuse_elsewhere(rest);
}

}  // namespace

Result<std::string> path_of_href(std::string_view href, std::string_view document, const beacon::Locations& locations) {
  href = text::trim(href);
  if (href.empty()) return refuse("it has no address");
  if (href.size() > max_href) return refuse(fmt::format("its address has more than {} bytes", max_href));
  if (href.find_first_of("?#") != std::string_view::npos) return refuse("its address has a query or a fragment");

  if (const auto below = after_prefix(href, "$(DownloadRootURL)/")) return checked_path(*below);
  if (const auto below = after_prefix(href, "$(ScheduleRootURL)/")) {
    return checked_path("Schedules/" + std::string(*below));
  }
  if (const auto rest = after_prefix(href, "https://")) return path_of_url(true, *rest, locations);
  if (const auto rest = after_prefix(href, "http://")) return path_of_url(false, *rest, locations);

  if (href.starts_with("//")) return refuse_elsewhere(href);
  const bool is_absolute = href.front() == '/';
  auto path = checked_path(is_absolute ? href.substr(1) : href);
  if (!path) return path;
  if (is_absolute) {
    for (const beacon::Location& location : locations) {
      if (const auto below = below_directory(*path, location)) return std::string(*below);
    }
    return refuse_elsewhere(href);
  }

  const std::size_t folder = document.rfind('/');
  if (folder == std::string_view::npos) return path;
  return std::string(document.substr(0, folder + 1)) + *path;
}

}  // namespace muster::policy
