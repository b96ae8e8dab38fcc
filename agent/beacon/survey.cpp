#include "agent/beacon/survey.h"

#include <algorithm>
#include <deque>
#include <map>

namespace muster::beacon {
namespace {

constexpr std::size_t handshakes_at_once = 2;
constexpr seconds longest_probe{5};        // a person waits
constexpr std::chrono::hours forever{24};  // each probe has a limit of its own

class Survey {
 public:
  Survey(transfer::PumpedPort& loop, const Locations& locations, const transfer::TransferOptions& options)
      : loop_(loop), locations_(locations), options_(options) {
    options_.network_timeout = std::min(options_.network_timeout, longest_probe);
  }

  std::vector<Measurement> run(const std::vector<std::size_t>& wanted) {
    for (const std::size_t i : wanted) {
      Measurement measurement;
      measurement.location = i;
      measured_.push_back(std::move(measurement));
      const std::size_t index = measured_.size() - 1;
      locations_[i].proxy.empty() ? probe(index, transfer::Probe::Depth::tcp) : waiting_.push_back(index);
    }

    begin_handshakes();
    while (!running_.empty()) {
      auto event = loop_.next(steady_now() + forever);
      if (event && event->kind == transfer::Event::Kind::finished) take(*event);
    }
    return std::move(measured_);
  }

 private:
  struct Running {
    std::size_t index;
    transfer::Probe::Depth depth;
  };

  void probe(std::size_t index, transfer::Probe::Depth depth) {
    transfer::Probe probe;
    probe.depth = depth;
    probe.endpoint = endpoint_of(locations_[measured_[index].location]);
    probe.options = options_;
    running_.emplace(loop_.start(std::move(probe)), Running{index, depth});
    if (depth == transfer::Probe::Depth::tls) ++handshakes_;
  }

  void begin_handshakes() {
    while (!waiting_.empty() && handshakes_ < handshakes_at_once) {
      probe(waiting_.front(), transfer::Probe::Depth::tls);
      waiting_.pop_front();
    }
  }

  void take(transfer::Event& event) {
    const auto found = running_.find(event.id);
    if (found == running_.end()) return;
    const auto [index, depth] = found->second;
    running_.erase(found);

    Measurement& measurement = measured_[index];
    measurement.outcome = std::move(event.outcome);
    measurement.outcome.socket.reset();
    if (depth == transfer::Probe::Depth::tls) {
      --handshakes_;
      measurement.tls = measurement.outcome.timing.tls;
    }

    if (measurement.connect.count() == 0) measurement.connect = measurement.outcome.timing.connect;
    const bool more = depth == transfer::Probe::Depth::tcp && locations_[measurement.location].tls;
    if (more && measurement.reachable()) waiting_.push_back(index);
    begin_handshakes();
  }

  transfer::PumpedPort& loop_;
  const Locations& locations_;
  transfer::TransferOptions options_;
  std::vector<Measurement> measured_;
  std::map<transfer::ExchangeId, Running> running_;
  std::deque<std::size_t> waiting_;
  std::size_t handshakes_ = 0;
};

}  // namespace

std::vector<Measurement> survey(transfer::PumpedPort& loop, const Locations& locations,
                                const std::vector<std::size_t>& wanted, const transfer::TransferOptions& options) {
  return Survey(loop, locations, options).run(wanted);
}

}  // namespace muster::beacon
