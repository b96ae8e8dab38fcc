// Where commands put the client certificate and its key, and what they ask a CA for.
#pragma once

#include <string>
#include <vector>

#include "agent/certificate/install.h"
#include "agent/config/preferences.h"
#include "platform/base/result.h"

namespace muster::cli {

// As the preferences of uploads say. A .pfx that is used in place is an error of kind preference: it is not overwritten
// by PEM text.
Result<certificate::Places> certificate_places(const config::Preferences& preferences);

// The DNS names of this host. Asks name servers, for two seconds at most.
std::vector<std::string> own_dns_names();

}  // namespace muster::cli
