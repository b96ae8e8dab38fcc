#include "platform/base/url.h"

namespace muster::url {

std::string_view user_part(std::string_view url) {
  const std::size_t end = url.rfind('@');
  if (end == std::string_view::npos) return {};
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme < end ? scheme + 3 : 0;
  return url.substr(begin, end + 1 - begin);
}

}  // namespace muster::url
