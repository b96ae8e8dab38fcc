#include "agent/beacon/background_probe.h"

#include <algorithm>

namespace muster::beacon {
namespace {

constexpr seconds max_duration{5};
constexpr seconds interval{1};

}  // namespace

BackgroundProbe::BackgroundProbe(transfer::Port& port, const Locations& locations,
                                 const transfer::TransferOptions& options, Selector& selector)
    : port_(port), locations_(locations), options_(options), selector_(selector) {
  options_.network_timeout = std::min(options_.network_timeout, max_duration);
}

void BackgroundProbe::consider(SteadyTime now, WallTime wall) {
  if (id_ || (considered_ && now < *considered_ + interval)) return;
  considered_ = now;
  const auto location = selector_.next_background_probe(wall);
  if (!location) return;

  location_ = *location;
  began_ = now;
  began_wall_ = wall;
  patience_ = patience_with(selector_.record(location_), wall);

  transfer::Request request;
  request.method = transfer::Method::head;
  request.endpoint = endpoint_of(locations_[location_]);
  request.path = locations_[location_].path("");
  request.options = options_;
  request.limits.total = options_.network_timeout;
  id_ = port_.start(std::move(request));
}

bool BackgroundProbe::on_event(const transfer::Event& event, WallTime wall) {
  if (!id_ || event.id != *id_) return false;
  if (event.kind != transfer::Event::Kind::finished) return true;

  id_.reset();
  if (event.outcome.cause == transfer::Cause::answered) {
    selector_.answered(location_, event.outcome, wall);
  } else {
    selector_.failed(location_, event.outcome, began_wall_, wall);
  }
  return true;
}

void BackgroundProbe::finish(transfer::PumpedPort& port) {
  while (runs()) {
    const auto event = port.next(patience_ends());
    if (!event) break;
    on_event(*event);
  }
  stop(steady_now());
}

void BackgroundProbe::stop(SteadyTime now, WallTime wall) {
  if (!id_) return;
  port_.cancel(*id_);
  id_.reset();

  // Only of one that has failed before is it a fault: a slow one may need no more than the time of a longer transfer.
  if (now >= patience_ends() && selector_.record(location_).on_trial(wall)) {
    selector_.was_late(location_, began_wall_, wall);
  } else {
    selector_.connected(location_, {}, "", wall);  // asked, and nothing learnt
  }
}

}  // namespace muster::beacon
