// The URL of a proxy.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/config/preferences.h"
#include "platform/base/result.h"
#include "platform/base/secret.h"

namespace muster::config {

// [http[s]://][USER[:PASSWORD]@]HOST[:PORT][/], or NONE, which switches the proxy off. Whatever else stands in it, such
// as a password with a bare '/', would be taken for another part of the URL.
bool is_proxy(std::string_view value);

// A proxy that is spoken to in TLS. libcurl gives its context, with the device's certificate and the beacon's name, to
// the proxy's connection as well; so such a proxy is never used.
bool speaks_tls(std::string_view proxy);
std::string tls_proxy_remedy(std::string_view proxy);  // "write http://HOST:PORT unless ..."

// For messages: without user and password.
std::string shown_proxy(std::string_view proxy);

// With its scheme, as the transport library would otherwise guess one by the name. Empty for NONE.
std::string proxy_url(std::string_view value);

// The URL with the password of its user; unchanged where it has no user, or a password already.
std::string with_password(std::string url, std::string_view password);

// From ProxyPasswordFile, or else the credential muster.proxy-password; nullopt: neither is there.
Result<std::optional<Secret>> proxy_password(const Preferences& preferences, Component component);

}  // namespace muster::config
