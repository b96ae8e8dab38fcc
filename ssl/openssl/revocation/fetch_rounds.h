// Which exchanges are finding out about revocation right now. Private to this folder.
#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "platform/base/clock.h"

namespace muster::ssl {

// May be shared among threads.
class FetchRounds : public std::enable_shared_from_this<FetchRounds> {
 public:
  // The round runs as long as the result lives.
  std::shared_ptr<const void> start(WallTime now);

  // Whether a round runs that had started by then.
  bool include(WallTime time) const;

 private:
  mutable std::mutex mutex_;
  std::multiset<WallTime> starts_;
};

}  // namespace muster::ssl
