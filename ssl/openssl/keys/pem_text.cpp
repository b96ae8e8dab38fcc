#include "ssl/openssl/keys/pem_text.h"

#include <algorithm>

namespace muster::ssl {

bool ends_in_a_begin_line(std::string_view rest) {
  constexpr std::string_view begin = "-----BEGIN ";
  constexpr std::string_view end = "-----";
  const std::string_view line = rest.substr(std::min(rest.size(), rest.find_last_of("\r\n") + 1));
  if (line.empty()) return false;
  if (line.size() <= begin.size()) return begin.starts_with(line);
  return line.starts_with(begin) && !(line.size() > begin.size() + end.size() && line.ends_with(end));
}

}  // namespace muster::ssl
