// Identity, trust and CRLs together are one channel, known by content. Connections, sessions and the CA store
// live inside a channel and are reused freely there; they never cross into another one. Otherwise a replaced
// certificate would go on being shown, and a revoked or distrusted server go on being believed, by reuse of a
// connection or resumption of a session.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/channel/server_quirks.h"
#include "agent/transfer/loop.h"
#include "platform/base/result.h"
#include "ssl/identity.h"
#include "ssl/trust.h"

namespace muster::channel {

struct Channel {
  std::shared_ptr<const ssl::Identity> identity;  // null: none is to be shown
  std::shared_ptr<const ssl::Trust> trust;
  std::unique_ptr<transfer::PumpedPort> loop;
  ServerQuirks quirks;
  WallTime since{};               // when the first connection may have been made
  std::uint64_t revocations = 0;  // as many certificates had been found revoked by then
  std::uint64_t number = 0;       // stands for its content, the same in every process
};

// Where transfers get theirs from. One thread; a test may stand in for it.
class ChannelSource {
 public:
  virtual ~ChannelSource() = default;
  // The one for the next transfer.
  virtual Result<std::shared_ptr<Channel>> current(WallTime now) = 0;
  // Closes the connections once the last transfer has ended; what was loaded stays.
  virtual void rest() = 0;
};

}  // namespace muster::channel
