// Runs exchanges on a thread of its own. One loop belongs to one trust channel: its connections, sessions and
// CA store are never used under another identity or trust.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "agent/transfer/outcome.h"
#include "agent/transfer/rate_limiter.h"
#include "agent/transfer/request.h"
#include "ssl/client_context.h"

namespace muster::transfer {

using ExchangeId = std::uint64_t;

struct Progress {
  std::uint64_t sent = 0;  // body bytes
  std::uint64_t received = 0;
  std::uint64_t expected = 0;  // 0: unknown
};

struct Event {
  enum class Kind { passed, progress, finished };
  ExchangeId id = 0;
  Kind kind = Kind::finished;
  Progress progress;  // of kind progress
  Outcome outcome;    // of kind finished; the last event of its exchange
};

// What races and deliveries need of a loop; a test may stand in for it.
class Port {
 public:
  virtual ~Port() = default;
  virtual ExchangeId start(Request request) = 0;
  virtual ExchangeId start(Probe probe) = 0;
  virtual void cancel(ExchangeId id) = 0;  // it still finishes, as cancelled if it had not ended before
  virtual Group new_group() = 0;
};

// A port whose events its owner takes.
class PumpedPort : public Port {
 public:
  // The next event, waiting for it until `deadline`; nullopt when that passed first.
  virtual std::optional<Event> next(SteadyTime deadline) = 0;
  // On: what is started or cancelled waits. Off: it leaves together, and what comes later at once. Use a Burst.
  virtual void gather(bool on) = 0;
};

// While it lives, what is started on the port waits: for many starts the port's thread is woken once. The port outlives
// it.
class Burst {
 public:
  explicit Burst(PumpedPort& port) : port_(port) { port_.gather(true); }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;
  ~Burst() { port_.gather(false); }

 private:
  PumpedPort& port_;
};

// start(), cancel(), next() and gather() belong to one thread, the one that decides.
class Loop final : public PumpedPort {
 public:
  // `notify` is called on the loop's thread when events wait where none did before; it may be empty. `limiter` limits
  // this loop together with the others that share it; null: no limits. Fails when the system has no descriptor or no
  // thread left for it.
  static Result<std::unique_ptr<Loop>> open(ssl::ClientContext context, std::function<void()> notify,
                                            std::shared_ptr<SharedRateLimiter> limiter);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() override;  // ends what still runs; no event follows

  ExchangeId start(Request request) override;
  ExchangeId start(Probe probe) override;
  void cancel(ExchangeId id) override;
  Group new_group() override;

  std::optional<Event> next(SteadyTime deadline) override;
  void gather(bool on) override;

 private:
  class Thread;
  explicit Loop(std::unique_ptr<Thread> thread);
  std::unique_ptr<Thread> thread_;
  ExchangeId last_id_ = 0;
  Group last_group_ = 0;
};

}  // namespace muster::transfer
