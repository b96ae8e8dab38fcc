// A loop whose exchanges wait where it has to be found out first whether a server is revoked: what is wanted is fetched
// beside whatever else runs, and the exchange starts once more. Others see an exchange that took longer. A handshake
// that waits so has ended before our certificate was sent.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/channel/evidence_fetch.h"
#include "agent/transfer/loop.h"
#include "ssl/evidence.h"

namespace muster::channel {

// One thread, the one that decides, as for the loop itself.
class RevocationGate final : public transfer::PumpedPort {
 public:
  // `notify` as for transfer::Loop. `evidence` null: nothing is ever waited for.
  RevocationGate(std::unique_ptr<transfer::Loop> loop, std::shared_ptr<ssl::Evidence> evidence, FetchRules rules,
                 std::function<void()> notify);

  // Told of each exchange that begins to wait, with what its handshake wants. For diagnosis.
  void follow_waits(std::function<void(const transfer::Outcome&)> waits) { waits_ = std::move(waits); }

  transfer::ExchangeId start(transfer::Request request) override;
  transfer::ExchangeId start(transfer::Probe probe) override;
  void cancel(transfer::ExchangeId id) override;
  transfer::Group new_group() override { return loop_->new_group(); }
  std::optional<transfer::Event> next(SteadyTime deadline) override;
  void gather(bool on) override { loop_->gather(on); }

 private:
  struct Exchange {
    std::function<transfer::ExchangeId()> start_again;
    std::string proxy;                // on the way to its beacon
    transfer::ExchangeId now = 0;     // its number in the loop; 0: it waits
    std::set<std::string> waits_for;  // keys of fetches
    transfer::Outcome outcome;        // of the attempt before
    unsigned attempts = 1;
    std::shared_ptr<const void> round;  // once it waits: places that failed are not tried again meanwhile
  };
  struct Fetch {
    std::string key;
    std::vector<ssl::WantedEvidence> wanted;  // of several certificates, from one place
    std::shared_ptr<CollectingSink> sink;
  };

  transfer::ExchangeId follow(transfer::ExchangeId id, std::string proxy,
                              std::function<transfer::ExchangeId()> start_again);
  bool take(transfer::Event& event);
  void hold(transfer::ExchangeId id, Exchange& exchange, transfer::Outcome outcome);
  bool fetch(const std::string& key, const ssl::WantedEvidence& wanted, const std::string& proxy);
  void fetched(const Fetch& fetch, const transfer::Outcome& outcome);
  void go_on(transfer::ExchangeId id, Exchange& exchange);

  std::unique_ptr<transfer::Loop> loop_;
  std::shared_ptr<ssl::Evidence> evidence_;
  FetchRules rules_;
  std::function<void()> notify_;
  std::function<void(const transfer::Outcome&)> waits_;
  std::map<transfer::ExchangeId, Exchange> exchanges_;
  std::map<transfer::ExchangeId, transfer::ExchangeId> restarted_;  // number in the loop -> the one that others know
  std::map<transfer::ExchangeId, Fetch> fetches_;
  std::deque<transfer::Event> ready_;
};

}  // namespace muster::channel
