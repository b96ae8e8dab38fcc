#include "agent/beacon/background_probe.h"

#include <algorithm>

namespace muster::beacon {
namespace {

constexpr seconds longest{5};
constexpr seconds interval{1};

}  // namespace

BackgroundProbe::BackgroundProbe(transfer::Port& port, const Locations& locations,
                                 const transfer::TransferOptions& options, Selector& selector)
    : port_(port), locations_(locations), options_(options), selector_(selector) {
  options_.network_timeout = std::min(options_.network_timeout, longest);
}

BackgroundProbe::~BackgroundProbe() {
  if (!id_) return;
  port_.cancel(*id_);
  const auto now = steady_now();
  const Choice choice = selector_.choose(0, {}, wall_now());
  if (choice.places.empty() || !choice.places.front().expected_us) return;
  const microseconds expected(static_cast<long>(*choice.places.front().expected_us));
  selector_.was_late(location_, std::chrono::duration_cast<microseconds>(now - began_), expected, wall_now());
}

void BackgroundProbe::consider(SteadyTime now) {
  if (id_ || (considered_ && now < *considered_ + interval)) return;
  considered_ = now;
  const auto prospect = selector_.worth_a_look(wall_now());
  if (!prospect) return;
  location_ = prospect->location;
  asks_ = prospect->asks;
  began_ = now;
  began_wall_ = wall_now();
  id_ = start(locations_[location_]);
}

transfer::ExchangeId BackgroundProbe::start(const Location& location) {
  if (asks_) {
    transfer::Request request;
    request.method = transfer::Method::head;
    request.endpoint = endpoint_of(location);
    request.path = location.path("");
    request.options = options_;
    request.limits.total = options_.network_timeout;
    return port_.start(std::move(request));
  }
  transfer::Probe probe;
  probe.depth = location.tls ? transfer::Probe::Depth::tls : transfer::Probe::Depth::tcp;
  probe.endpoint = endpoint_of(location);
  probe.options = options_;
  return port_.start(std::move(probe));
}

bool BackgroundProbe::on_event(const transfer::Event& event) {
  if (!id_ || event.id != *id_) return false;
  if (event.kind != transfer::Event::Kind::finished) return true;
  id_.reset();
  const transfer::Outcome& outcome = event.outcome;
  if (outcome.cause == transfer::Cause::answered && asks_) {
    selector_.answered(location_, outcome, wall_now());
  } else if (outcome.cause == transfer::Cause::answered) {
    selector_.connected(location_, outcome.timing, outcome.address, wall_now());
  } else {
    selector_.failed(location_, outcome, began_wall_, wall_now());
  }
  return true;
}

}  // namespace muster::beacon
