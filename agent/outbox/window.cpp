#include "agent/outbox/window.h"

#include <algorithm>

namespace muster::outbox {
namespace {

constexpr unsigned transfers_without_delay = 16;
constexpr microseconds delay_per_transfer{500};
constexpr milliseconds delay_per_growth{10};

}  // namespace

void Window::delivered(microseconds round_trip) {
  const auto step = 1 + static_cast<unsigned>(round_trip / delay_per_growth);
  growth_ = std::min(growth_ + step, max_size);
}

unsigned Window::size(bool beacon_is_known, microseconds round_trip, unsigned slow) const {
  const auto wanted = transfers_without_delay + static_cast<unsigned>(round_trip / delay_per_transfer);
  const unsigned usual = beacon_is_known ? std::min(wanted, growth_) : 1;
  return std::min({usual + slow, max_transfers_, max_size});
}

}  // namespace muster::outbox
