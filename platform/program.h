// Runs another program and reads what it prints.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.h"

namespace muster::platform {

// Where what the program prints on its standard error goes.
enum class ErrorOutput { nowhere, with_output };

// `arguments[0]` is searched for in the system's folders alone, whatever PATH says. The program has an empty standard
// input and the locale C. `use` gets its output in blocks as it comes. Blocks until it has ended;
// how long it may take is the caller's care. The error is of kind failure: it is missing, or it ended with a failure.
Status run_program(const std::vector<std::string>& arguments, const std::function<void(std::string_view)>& use,
                   ErrorOutput error_output = ErrorOutput::nowhere);

}  // namespace muster::platform
