// Where a document of an existing beacon says that another one lies.
#pragma once

#include <string>
#include <string_view>

#include "agent/beacon/location.h"
#include "platform/base/result.h"

namespace muster::policy {

// The path below the download location, decoded. `href` is relative to the folder of `document`, such as
// "Policies/x.npl"; or begins with $(DownloadRootURL), $(ScheduleRootURL) or "/Directory/"; or is the URL of something
// below a download location of this device. Everything else is refused: another host or folder, "..", a query. Pure.
Result<std::string> path_of_href(std::string_view href, std::string_view document, const beacon::Locations& locations);

}  // namespace muster::policy
