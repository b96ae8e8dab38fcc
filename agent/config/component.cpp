#include "agent/config/component.h"

#include <array>
#include <cstddef>

#include "agent/config/section_name.h"

namespace muster::config {

const std::vector<std::string_view>& sections_of(Component component) {
  static const std::array<std::vector<std::string_view>, 7> orders = {{
      {section::common},
      {section::tracker, section::common},
      {section::uploader, section::tracker, section::common},
      {section::launcher, section::common},
      {section::policy_client, section::launcher, section::common},
      {section::schedule_agent, section::common},
      {section::net_selector, section::common},
  }};
  return orders.at(static_cast<std::size_t>(component));
}

}  // namespace muster::config
