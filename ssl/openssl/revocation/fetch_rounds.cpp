#include "ssl/openssl/revocation/fetch_rounds.h"

namespace muster::ssl {

std::shared_ptr<const void> FetchRounds::start(WallTime now) {
  auto end = [rounds = shared_from_this(), now](const void*) {
    const std::lock_guard lock(rounds->mutex_);
    rounds->starts_.erase(rounds->starts_.find(now));
  };
  const std::lock_guard lock(mutex_);
  starts_.insert(now);
  return {this, std::move(end)};
}

bool FetchRounds::include(WallTime time) const {
  const std::lock_guard lock(mutex_);
  return !starts_.empty() && *starts_.begin() <= time;
}

}  // namespace muster::ssl
