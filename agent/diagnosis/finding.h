// One step of the way that a transfer goes, and what was found there.
#pragma once

#include <functional>
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

// Who follows the examination; each may be empty. Called on the thread that examines.
struct Listener {
  std::function<void(const Finding&)> found;
  // What a step at that beacon waits for, when that has taken a second.
  std::function<void(const std::string& beacon, const std::string& what)> waits;
};

Finding good(std::string step, std::string message, std::string beacon = {});
Finding unseen(std::string step, std::string message, std::string beacon = {});
Finding bad(std::string step, Error error, std::string beacon = {});

const Error* first_error(const Findings& findings);  // nullptr: nothing is wrong

}  // namespace muster::diagnosis
