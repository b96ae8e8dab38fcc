#include "agent/config/proxy.h"

#include "platform/base/text.h"

namespace muster::config {

bool is_no_proxy(std::string_view value) { return text::equal_ignoring_case(value, "NONE"); }

bool goes_without_proxy(std::string_view host, std::string_view exceptions) {
  for (const std::string& entry : text::split(exceptions, ',')) {
    if (entry == "*") return true;
    const std::string_view domain = entry.front() == '.' ? std::string_view(entry).substr(1) : entry;
    if (domain.empty() || host.size() < domain.size()) continue;
    const std::string_view end = host.substr(host.size() - domain.size());
    if (!text::equal_ignoring_case(end, domain)) continue;
    if (host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.') return true;
  }
  return false;
}

}  // namespace muster::config
