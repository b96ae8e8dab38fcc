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

unsigned Window::size(bool beacon_is_known, microseconds round_trip) const {
  if (!beacon_is_known) return 1;
  const auto wanted = transfers_without_delay + static_cast<unsigned>(round_trip / delay_per_transfer);
  return std::min({wanted, growth_, max_transfers_, max_size});
}

}  // namespace muster::outbox
