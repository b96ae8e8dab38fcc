#include "platform/base/error.h"

#include "platform/base/text.h"
#include "platform/base/utf8.h"

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

namespace {

// Others choose some of the words, such as names in a certificate: they must not fill a log, or hide the remedy.
constexpr std::size_t max_length = 2000;

std::string bounded(const std::string& words) {
  if (words.size() <= max_length) return words;
  return words.substr(0, text::cut_before(words, max_length)) + "...";
}

}  // namespace

std::string Error::line() const {
  if (remedy.empty()) return text::printable(bounded(message));
  return text::printable(bounded(message) + (message.ends_with('?') ? " " : "; ") + bounded(remedy));
}

}  // namespace muster
