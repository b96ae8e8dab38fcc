// The answer file that deployments stage for the installation (mgsft_rollout_response): what it says, as preferences.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/secret.h"

namespace muster::config {

struct Answers {
  std::string fragment;                     // in the grammar of config.ini; empty: the answers set nothing
  bool client_certificate_decided = false;  // they say whether to present one
  Secret pfx_password;
  std::vector<std::string> warnings;  // names without effect here, each on one line
};

// Lines NAME=VALUE; the value may be quoted as in a shell, '#' starts a comment. All mistakes are one error of kind
// preference that names `origin` and the lines; values are judged by read_fragment().
Result<Answers> read_answers(std::string_view text, std::string_view origin);

}  // namespace muster::config
