#include "agent/config/proxy.h"

#include <fmt/core.h>

#include "agent/config/host_name.h"
#include "agent/config/table/value_check.h"
#include "platform/base/text.h"
#include "platform/base/url.h"
#include "platform/password_file.h"
#include "platform/private_file.h"

namespace muster::config {
namespace {

constexpr std::string_view tls_scheme = "https://";

bool is_no_proxy(std::string_view value) { return text::equal_ignoring_case(value, "NONE"); }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// User and password: what would end them, or be cut by a shell or a file, is percent-encoded (RFC 3986, 3.2.1).
bool is_user(std::string_view user) {
  constexpr std::string_view encoded = "/?#@[]\\\"'<>\x7f";
  for (std::size_t i = 0; i < user.size(); ++i) {
    if (static_cast<unsigned char>(user[i]) <= ' ' || encoded.find(user[i]) != std::string_view::npos) return false;
    const std::string_view pair = user[i] == '%' ? user.substr(i + 1, 2) : std::string_view();
    if (pair.size() == 2 && is_hex(pair[1]) && (pair[0] == '0' || pair[0] == '1')) return false;  // a control character
  }
  return true;
}

bool is_port(std::string_view port) {
  const auto number = text::to_number(port);
  return number && *number >= 1 && *number <= 65'535;
}

bool is_host_and_port(std::string_view text) {
  if (!text.starts_with('[')) {
    const std::size_t colon = text.find(':');
    return is_host_name(text.substr(0, colon)) && (colon == std::string_view::npos || is_port(text.substr(colon + 1)));
  }
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos || !looks_like_ipv6(text.substr(1, end - 1))) return false;
  const std::string_view rest = text.substr(end + 1);
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

}  // namespace

bool is_proxy(std::string_view value) {
  if (const std::size_t scheme = value.find("://"); scheme != std::string_view::npos) {
    const std::string_view word = value.substr(0, scheme);
    if (!text::equal_ignoring_case(word, "http") && !text::equal_ignoring_case(word, "https")) return false;
    value.remove_prefix(scheme + 3);
  }
  if (value.ends_with('/')) value.remove_suffix(1);
  const std::size_t at = value.rfind('@');
  if (at == std::string_view::npos) return is_host_and_port(value);
  return is_user(value.substr(0, at)) && is_host_and_port(value.substr(at + 1));
}

std::string proxy_url(std::string_view value) {
  if (value.empty() || is_no_proxy(value)) return {};
  return (value.find("://") == std::string_view::npos ? "http://" : "") + std::string(value);
}

bool speaks_tls(std::string_view proxy) { return text::starts_with_ignoring_case(proxy, tls_scheme); }

std::string tls_proxy_remedy(std::string_view proxy) {
  const std::string shown = shown_proxy(proxy);
  return fmt::format("write http://{} unless the proxy itself speaks TLS", shown.substr(tls_scheme.size()));
}

std::string shown_proxy(std::string_view proxy) {
  const std::string_view user = url::user_part(proxy);
  std::string shown(proxy);
  if (!user.empty()) shown.erase(static_cast<std::size_t>(user.data() - proxy.data()), user.size());
  return shown.ends_with('/') ? shown.substr(0, shown.size() - 1) : shown;
}

Result<std::string> with_proxy_password(std::string url, const Preferences& preferences, Component component) {
  const std::string_view user = url::user_part(url);
  if (user.empty() || user.find(':') != std::string_view::npos) return url;

  const auto set = preferences.get(component, "ProxyPasswordFile");
  const std::filesystem::path file =
      set && !set->text.empty() ? std::filesystem::path(set->text) : platform::credential("muster.proxy-password");
  if (file.empty()) return url;
  // Not a path: perhaps the password itself, which no message may show.
  if (set) {
    const auto wrong = check_value(*find_preference("ProxyPasswordFile"), set->text);
    if (wrong) return fail(ErrorKind::preference, wrong->text, wrong->remedy);
  }

  const auto password = platform::read_password_file(file);
  if (!password) return tl::unexpected(password.error());
  const auto at = static_cast<std::size_t>(user.data() - url.data()) + user.size() - 1;
  url.insert(at, ":" + text::encode_segment(password->reveal()));
  return url;
}

}  // namespace muster::config
