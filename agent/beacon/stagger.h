// When the next beacon that is ready becomes a contender: the nearest first, and each one later than the one before, so
// that extra handshakes stay few (RFC 8305, section 5, with TLS in the place of TCP).
#pragma once

#include <algorithm>

#include "platform/base/clock.h"

namespace muster::beacon {

class Stagger {
 public:
  static constexpr milliseconds first{25};  // doubled with each contender, up to the last
  static constexpr milliseconds last{400};

  // While none contends, one has become ready. `delay`: how long this machine took to send its SYN and to see the
  // answer, beyond the time of its connection. `nearest`: the shortest connection of those that are ready.
  void became_ready(bool is_first, microseconds delay, microseconds nearest, SteadyTime now) {
    if (is_first) {
      first_ready_ = now;
      delayed_ = microseconds::zero();
    }

    // The SYNs of a busy machine leave one after the other. A nearer one that left later answers within the time that
    // the nearest so far took: it is waited for, but no longer than those that have answered were delayed themselves.
    delayed_ = std::max(delayed_, delay);
    next_ = first_ready_ + std::min(delayed_, nearest);
  }

  void launched(bool is_alone, microseconds connect, SteadyTime now) {
    if (is_alone) {
      wait_ = first;
      nearest_contender_ = microseconds::max();
    }
    nearest_contender_ = std::min(nearest_contender_, connect);
    next_ = now + wait_;
    wait_ = std::min(wait_ * 2, last);
  }

  // The last contender has failed.
  void none_contends(SteadyTime now) { next_ = now; }

  // One that is nearer than all contenders, by more than chance, does not wait for them.
  SteadyTime next_launch(bool any_contends, microseconds nearest) const {
    const bool is_nearer = nearest < nearest_contender_ / 5 * 4;
    return any_contends && is_nearer ? SteadyTime{} : next_;
  }

 private:
  SteadyTime first_ready_{};
  microseconds delayed_{0};  // at most, of those that are ready
  SteadyTime next_{};
  milliseconds wait_ = first;
  microseconds nearest_contender_ = microseconds::max();
};

}  // namespace muster::beacon
