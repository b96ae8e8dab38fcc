#include <algorithm>

#include "platform/system_root.h"

namespace muster::platform {

void SystemRoot::note(const std::string& shortcoming) const {
  const bool known = std::find(notes_.begin(), notes_.end(), shortcoming) != notes_.end();
  if (!known && notes_.size() < max_refused) notes_.push_back(shortcoming);
}

}  // namespace muster::platform
