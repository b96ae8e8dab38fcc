// Other ways of choosing a beacon, as products and scripts do it. Each device knows only what it has met itself.
#pragma once

#include "tests/bench/fleet/strategy.h"

namespace muster::fleet {

// Asks beacons one after the other until one has delivered, in the order that a peer gives.
class Peer : public Strategy {
 public:
  explicit Peer(World& world) : world_(world) {}
  Delivery deliver(std::size_t device, double now, const std::vector<Path>& paths, double limit_ms) final;

 protected:
  virtual std::vector<std::size_t> order(std::size_t device, double now, const std::vector<Path>& paths,
                                         Delivery& delivery) = 0;
  virtual void met(std::size_t, std::size_t, double, bool) {}
  std::vector<std::size_t> shuffled();

  World& world_;
};

// Any beacon, anew each time.
class Random final : public Peer {
 public:
  using Peer::Peer;

 private:
  std::vector<std::size_t> order(std::size_t, double, const std::vector<Path>&, Delivery&) override;
};

// Pings all once a day, by ICMP, and keeps to that order: it sees the way to a host, and nothing of its service.
class MgsPing final : public Peer {
 public:
  MgsPing(std::size_t devices, World& world) : Peer(world), ranks_(devices) {}

 private:
  struct Rank {
    double since = -1e9;
    std::vector<std::size_t> order;
  };
  std::vector<std::size_t> order(std::size_t device, double now, const std::vector<Path>& paths, Delivery&) override;
  std::vector<Rank> ranks_;
};

// Measures all once an hour by real connections, and always takes the one that was fastest so far.
class AlwaysFastest final : public Peer {
 public:
  AlwaysFastest(std::size_t devices, World& world) : Peer(world), known_(devices) {}

 private:
  struct Known {
    double since = -1e9;
    std::vector<double> expected_ms;
  };
  std::vector<std::size_t> order(std::size_t device, double now, const std::vector<Path>& paths, Delivery&) override;
  void met(std::size_t device, std::size_t beacon, double ms, bool delivered) override;
  std::vector<Known> known_;
};

// The power of two choices: connects to two at random, and takes the one that was ready first.
class TwoChoices final : public Peer {
 public:
  using Peer::Peer;

 private:
  std::vector<std::size_t> order(std::size_t, double, const std::vector<Path>& paths, Delivery& delivery) override;
};

}  // namespace muster::fleet
