#include "platform/base/error.h"

#include "platform/base/text.h"

namespace muster {

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::failure: return "failure";
    case ErrorKind::usage: return "usage";
    case ErrorKind::preference: return "preference";
    case ErrorKind::identity: return "identity";
    case ErrorKind::untrusted_server: return "untrusted_server";
    case ErrorKind::unreachable: return "unreachable";
    case ErrorKind::refused: return "refused";
    case ErrorKind::local_file: return "local_file";
    case ErrorKind::partial: return "partial";
  }
  return "failure";
}

std::string Error::line() const {
  if (remedy.empty()) return text::printable(message);
  return text::printable(message + (message.ends_with('?') ? " " : "; ") + remedy);
}

}  // namespace muster
