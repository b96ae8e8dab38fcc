// The URL of a proxy.
#pragma once

#include <string>
#include <string_view>

#include "agent/config/preferences.h"
#include "platform/base/result.h"

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

// Where the URL has a user without a password, with the one from ProxyPasswordFile, or else from the credential
// muster.proxy-password, if one of them is there. An error where it cannot be read.
Result<std::string> with_proxy_password(std::string url, const Preferences& preferences, Component component);

}  // namespace muster::config
