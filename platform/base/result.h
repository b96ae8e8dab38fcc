// Result<T>: a value or an Error. Everything below the service reports failure this way; exceptions mean a bug.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "platform/base/error.h"

namespace muster {

template <class T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string remedy = {}) {
  return tl::unexpected<Error>(Error(kind, std::move(message), std::move(remedy)));
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace muster
