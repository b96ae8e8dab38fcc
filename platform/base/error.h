// The one error type of the product. A foreign code (errno, CURLcode, OpenSSL) is translated once, at the
// border where it appears, and keeps its number inside the message; the system's own number is a value as well.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace muster {

// One kind for each decision that a caller takes; the value is the exit code of every command.
enum class ErrorKind {
  failure = 1,           // anything without a code of its own
  usage = 2,             // wrong arguments
  preference = 3,        // a preference is wrong
  identity = 4,          // the client certificate or key is missing, unreadable, wrong, or was refused
  untrusted_server = 5,  // the beacon's certificate is not trusted
  unreachable = 6,       // no beacon could be reached
  refused = 7,           // a beacon refused the transfer
  local_file = 8,        // a local file could not be read or written
  partial = 9,           // some succeeded; the rest stays where it was
};

// Stable lower-case word for --json: "identity", "unreachable", ...
std::string_view name(ErrorKind kind);

// `message` says what was tried, on what, and what is wrong; `remedy` says what to do, as an imperative, and may
// be empty. Neither ends with a full stop, neither holds a secret. `beacon` is the id of the location, if one
// was involved.
struct Error {
  ErrorKind kind = ErrorKind::failure;
  std::string message;
  std::string remedy;
  std::string beacon;
  int system_code = 0;  // errno, or GetLastError() on Windows, where a call to the system failed; also in `message`

  Error() = default;
  Error(ErrorKind error_kind, std::string what, std::string to_do = {}, std::string on_beacon = {})
      : kind(error_kind), message(std::move(what)), remedy(std::move(to_do)), beacon(std::move(on_beacon)) {}

  // "message; remedy" on one line: control characters are shown as '?', so that a hostile name cannot forge a line.
  std::string line() const;
};

}  // namespace muster
