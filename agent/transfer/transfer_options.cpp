#include "agent/transfer/transfer_options.h"

#include <algorithm>

namespace muster::transfer {

seconds TransferOptions::total_time(std::uint64_t bytes) const {
  constexpr std::chrono::minutes for_any_size{10};
  constexpr std::chrono::hours longest{24 * 20};  // what the transport library can count
  const std::uint64_t speed = std::max<std::uint64_t>(1, assumed_speed);
  const auto for_this_size = std::min<std::uint64_t>(bytes / speed, seconds(longest).count());
  return std::min<seconds>(for_any_size + seconds(for_this_size), longest);
}

}  // namespace muster::transfer
