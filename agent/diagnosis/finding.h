// One step of the way that a transfer goes, and what was found there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/base/error.h"

namespace muster::diagnosis {

struct Finding {
  enum class Result { good, bad, unseen };

  std::string step;    // "preferences", "identity", "connect", ...
  std::string beacon;  // id of the location; empty: not about one
  Result result = Result::good;
  std::string message;
  std::optional<Error> error;  // bad: what is wrong, of what kind, and what mends it
};

using Findings = std::vector<Finding>;

Finding good(std::string step, std::string message, std::string beacon = {});
Finding unseen(std::string step, std::string message, std::string beacon = {});
Finding bad(std::string step, Error error, std::string beacon = {});

const Error* first_error(const Findings& findings);  // nullptr: nothing is wrong

}  // namespace muster::diagnosis
