// Identity, trust and CRLs together are one generation, known by content. Connections, sessions and the CA store
// live inside a generation and are reused freely there; they never cross into another one. Otherwise a replaced
// certificate would go on being shown, and a revoked or distrusted server go on being believed, by reuse of a
// connection or resumption of a session.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/delivery/habits.h"
#include "agent/transfer/loop.h"
#include "platform/base/result.h"
#include "ssl/identity.h"
#include "ssl/trust.h"

namespace muster::delivery {

struct Generation {
  std::shared_ptr<const ssl::Identity> identity;  // null: none is to be shown
  std::shared_ptr<const ssl::Trust> trust;
  std::unique_ptr<transfer::PumpedPort> loop;
  Habits habits;
  WallTime since{};               // when the first connection may have been made
  std::uint64_t revocations = 0;  // as many certificates had been found revoked by then
  std::uint64_t number = 0;       // stands for its content, the same in every process
};

// Where transfers get theirs from. One thread; a test may stand in for it.
class GenerationSource {
 public:
  virtual ~GenerationSource() = default;
  // The one for the next transfer.
  virtual Result<std::shared_ptr<Generation>> current(WallTime now) = 0;
  // Closes the connections once the last transfer has ended; what was loaded stays.
  virtual void rest() = 0;
};

}  // namespace muster::delivery
