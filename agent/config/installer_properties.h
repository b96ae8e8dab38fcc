// What an installer passes on from its public properties: preferences, named as in the answer file (answer_file.h)
// without "MGSFT_", and files with certificates. Pure.
#pragma once

#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::config {

struct InstallerProperties {
  std::string answers;  // in the grammar of an answer file
  std::string client_pfx;
  std::string client_pfx_password_file;
  std::string root_ca;
};

// Each is NAME=VALUE. Blanks at the ends of a value do not count: a blank after it keeps a backslash from escaping the
// quote that follows on a command line of Windows. An empty value says nothing. Errors are of kind usage.
Result<InstallerProperties> read_properties(const std::vector<std::string>& properties);

}  // namespace muster::config
