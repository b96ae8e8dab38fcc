#include "agent/channel/evidence_fetch.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/base/text.h"

namespace muster::channel {
namespace {

using transfer::Cause;

constexpr seconds longest_fetch{10};
constexpr std::uint64_t largest_ocsp_answer = 64 << 10;
constexpr std::uint64_t highest_port = 65535;

// Host and port of an authority (RFC 3986, 3.2), brackets of an IPv6 address taken off.
std::optional<HttpUrl> parse_authority(std::string_view authority) {
  HttpUrl url;
  std::string_view port;

  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    url.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    const auto end = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, end);
    port = authority.substr(end);
  }

  if (url.host.empty() || (!port.empty() && port.front() != ':')) return std::nullopt;
  if (port.size() <= 1) return url;
  const auto number = text::to_number(port.substr(1));
  if (!number || *number == 0 || *number > highest_port) return std::nullopt;
  url.port = static_cast<unsigned>(*number);
  return url;
}

}  // namespace

std::optional<HttpUrl> parse_http_url(const std::string& text) {
  constexpr std::string_view scheme = "http://";
  if (!text::starts_with_ignoring_case(text, scheme)) return std::nullopt;
  const std::string_view rest = std::string_view(text).substr(scheme.size());
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  if (rest.substr(0, end).find('@') != std::string_view::npos) return std::nullopt;
  auto url = parse_authority(rest.substr(0, end));
  if (!url) return std::nullopt;
  url->path = rest.substr(end, std::min(rest.find('#'), rest.size()) - end);
  if (!url->path.starts_with('/')) url->path.insert(0, "/");
  return url;
}

Status CollectingSink::write(std::string_view bytes) {
  content_ += bytes;
  return {};
}

std::optional<transfer::Request> request_for(const ssl::WantedEvidence& wanted, const FetchRules& rules,
                                             const std::string& proxy, std::shared_ptr<CollectingSink> sink) {
  const auto url = parse_http_url(wanted.url);
  if (!url) return std::nullopt;

  transfer::Request request;
  request.endpoint.tls = false;
  request.endpoint.host = url->host;
  request.endpoint.port = url->port;
  if (rules.proxy_for) request.endpoint.proxy = rules.proxy_for(url->host, proxy);
  request.path = url->path;
  request.options = rules.options;
  request.options.network_timeout = std::min(rules.options.network_timeout, longest_fetch);

  request.limits.total = longest_fetch;
  request.limits.largest_reply = ssl::largest_crl;
  request.sink = std::move(sink);

  if (wanted.kind == ssl::WantedEvidence::Kind::ocsp) {
    request.method = transfer::Method::post;
    request.headers = {"Content-Type: application/ocsp-request", "Accept: application/ocsp-response"};
    request.body.text = std::make_shared<const std::string>(wanted.request);
    request.body.size = wanted.request.size();
    request.limits.largest_reply = largest_ocsp_answer;
  }
  return request;
}

std::string failure_of(const transfer::Outcome& outcome, ssl::WantedEvidence::Kind kind) {
  if (outcome.cause == Cause::answered) {
    if (outcome.reply.good()) return {};
    const int status = outcome.reply.status;
    return fmt::format("HTTP {}{}", status, status >= 300 && status < 400 ? ", a redirect, which is not followed" : "");
  }

  if (outcome.cause == Cause::too_large) {
    const std::uint64_t limit = kind == ssl::WantedEvidence::Kind::ocsp ? largest_ocsp_answer : ssl::largest_crl;
    return fmt::format("its answer is larger than {} KiB", limit >> 10U);
  }
  if (outcome.cause == Cause::bad_answer && outcome.detail.empty()) return "the length of its answer is unknown";
  return outcome.detail.empty() ? "no answer" : outcome.detail;
}

}  // namespace muster::channel
