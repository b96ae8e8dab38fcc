// How many files are under way at once. One until a beacon has answered, so that only the first transfer races; then
// one more with each delivery, and more than one where the way is long: a few files are not worth many handshakes. One
// that takes long keeps no other waiting. Pure.
#pragma once

#include "platform/base/clock.h"

namespace muster::outbox {

class Window {
 public:
  static constexpr unsigned max_size = 64;  // each one holds a claim, and a claim costs more with each one held

  explicit Window(unsigned max_transfers) : max_transfers_(max_transfers) {}

  void delivered(microseconds round_trip);
  void reset() { growth_ = 1; }  // after a failure or a rest: the beacon may have died meanwhile

  // `round_trip` to the beacon that delivered last; zero when unknown. `slow` of those under way take long.
  unsigned size(bool beacon_is_known, microseconds round_trip, unsigned slow) const;

 private:
  unsigned max_transfers_;
  unsigned growth_ = 1;  // what the deliveries so far justify
};

}  // namespace muster::outbox
