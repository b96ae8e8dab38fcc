#include "agent/beacon/selector.h"

#include <algorithm>

#include "agent/transfer/retry_after.h"
#include "platform/base/random.h"
#include "platform/log.h"
#include "platform/network.h"

namespace muster::beacon {
namespace {

constexpr std::chrono::hours addresses_hold{1};
constexpr milliseconds patience_with_names{2000};
constexpr milliseconds patience_with_known_names{200};  // another run has been connected to all of them
const std::vector<bool> none_tried;

seconds asked_by(const transfer::Outcome& outcome, WallTime now) {
  return transfer::retry_after(outcome.reply, now).value_or(seconds::zero());
}

}  // namespace

Selector::Selector(const Locations& locations, Direction direction, SelectorSettings settings, WallTime now)
    : locations_(locations),
      direction_(direction),
      settings_(std::move(settings)),
      file_(settings_.state),
      draw_(static_cast<std::uint64_t>(now.time_since_epoch().count()) ^
            static_cast<std::uint64_t>(uniform01() * 1e18)),
      records_(locations.size()),
      learnt_(locations.size(), false) {
  keys_.reserve(locations.size());
  for (const Location& location : locations) keys_.push_back(key_of(location, direction));
  take(file_.load(), now);
  compare(now);
}

void Selector::compare(WallTime now) {
  compared_ = now;
  const std::vector<std::vector<std::string>> known = addresses();
  candidates_.clear();
  for (std::size_t i = 0; i < locations_.size(); ++i) {
    candidates_.push_back(candidate_of(locations_[i], settings_.device, known[i], draw_, settings_.rules.lowest));
  }
}

std::vector<std::vector<std::string>> Selector::addresses() const {
  std::vector<std::vector<std::string>> all(records_.size());
  if (!settings_.rules.looks_at_addresses()) return all;

  std::vector<std::string> names;
  std::vector<std::size_t> whose;
  bool known = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (locations_[i].never) continue;
    names.push_back(locations_[i].host);
    whose.push_back(i);
    known = known && !records_[i].address.empty();
  }

  const auto found = platform::resolve(names, known ? patience_with_known_names : patience_with_names);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string& last = records_[whose[i]].address;
    all[whose[i]] = found[i].empty() && !last.empty() ? std::vector{last} : found[i];
  }
  return all;
}

Situation Selector::situation(std::uint64_t bytes, const std::vector<bool>& tried, WallTime now) const {
  return {candidates_, records_, settings_.rules, tried, direction_, bytes, now, epoch_};
}

Choice Selector::choose(std::uint64_t bytes, const std::vector<bool>& tried, WallTime now) const {
  return beacon::choose(situation(bytes, tried, now));
}

std::optional<WallTime> Selector::deferred_until(WallTime now) const {
  const Choice choice = choose(0, none_tried, now);
  if (!choice.places.empty() || choice.deferred.empty()) return std::nullopt;
  return records_[choice.deferred.front()].retry_after->until;
}

std::optional<std::size_t> Selector::next_background_probe(WallTime now) const {
  const Situation usual = situation(0, none_tried, now);
  return beacon::next_background_probe(usual, beacon::choose(usual), uniform01());
}

void Selector::learnt(std::size_t location) {
  learnt_[location] = true;
  any_learnt_ = true;
}

void Selector::connected(std::size_t location, const transfer::Timing& timing, const std::string& address,
                         WallTime now) {
  // The connect time is the distance to the proxy, the handshake through it the distance to the beacon.
  learn_connection(records_[location], timing, locations_[location].proxy.empty() ? address : "", now);
  learnt(location);
}

void Selector::answered(std::size_t location, const transfer::Outcome& outcome, WallTime now) {
  learn_answer(records_[location], outcome, now);
  learn_retry_after(records_[location], outcome.reply.status, asked_by(outcome, now), now);
  if (!locations_[location].proxy.empty()) records_[location].address.clear();
  learnt(location);
}

void Selector::was_late(std::size_t location, WallTime began, WallTime now) {
  const Record& record = records_[location];
  const Fault fault = record.on_trial(now) ? record.penalty->fault : Fault::late;  // that one goes on
  learn_failure(records_[location], {fault, began, now, seconds(0), epoch_}, uniform01());
  if (favourite_ == location) favourite_.reset();
  learnt(location);
}

void Selector::succeeded(std::size_t location, const transfer::Outcome& outcome, WallTime now) {
  Record& record = records_[location];
  const std::optional<Penalty> former = record.penalty;
  learn_transfer(record, outcome, std::max(outcome.sent, outcome.received), now);
  if (!locations_[location].proxy.empty()) record.address.clear();
  favourite_ = location;

  if (outcome.slow) {
    record.penalty = former;
    learn_failure(record, {Fault::slow, now - outcome.timing.total, now, seconds(0), epoch_}, uniform01());
    favourite_ = slow_favourite(now);
  }
  learnt(location);
}

// Whether a better one answers is not known yet. Where there is none, a slow answer is an answer.
std::optional<std::size_t> Selector::slow_favourite(WallTime now) const {
  const Choice next = choose(0, none_tried, now);
  if (next.places.empty()) return std::nullopt;
  const std::size_t first = next.places.front().location;
  return records_[first].delivers_slowly() ? std::optional(first) : std::nullopt;
}

void Selector::failed(std::size_t location, const transfer::Outcome& outcome, WallTime began, WallTime now) {
  const auto fault = fault_of(outcome);
  if (!fault) return;
  const seconds asked = asked_by(outcome, now);
  learn_retry_after(records_[location], outcome.reply.status, asked, now);
  learn_failure(records_[location], {*fault, began, now, asked, epoch_}, uniform01());
  if (favourite_ == location) favourite_.reset();
  learnt(location);
}

transfer::TransferOptions Selector::options_at(std::size_t location, transfer::TransferOptions options,
                                               WallTime now) const {
  using transfer::IpVersion;
  const bool prefers = options.ip_version != IpVersion::system;
  if (prefers && records_[location].other_family_first(now)) {
    options.ip_version = options.ip_version == IpVersion::v4 ? IpVersion::v6 : IpVersion::v4;
  }
  return options;
}

microseconds Selector::round_trip(WallTime now) const {
  if (!favourite_ || !records_[*favourite_].connect.known(now)) return microseconds::zero();
  return microseconds(static_cast<long>(records_[*favourite_].connect.value()));
}

void Selector::take(const History& history, WallTime now) {
  const auto network = history.networks().find(settings_.network);
  if (network == history.networks().end()) return;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const auto known = network->second.records.find(keys_[i]);
    if (known != network->second.records.end()) take_newer(records_[i], known->second, now);
  }
}

void Selector::keep(WallTime now) {
  if (!any_learnt_) return;
  History ours;
  NetworkHistory& network = ours.of(settings_.network);
  network.used = now;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (learnt_[i]) network.records.insert_or_assign(keys_[i], records_[i]);
  }

  const auto all = file_.save(ours, now);
  if (!all) return log::debug(all.error().line());
  learnt_.assign(learnt_.size(), false);
  any_learnt_ = false;
  take(*all, now);
}

void Selector::refresh(const std::string& network, WallTime now) {
  if (network != settings_.network) return move_to(network, now);
  if (file_.changed()) take(file_.load(), now);
  const bool old = now < compared_ || now - compared_ >= addresses_hold;
  if (settings_.rules.looks_at_addresses() && old) compare(now);
  if (favourite_ && records_[*favourite_].avoided(now, epoch_)) favourite_.reset();
}

void Selector::move_to(const std::string& network, WallTime now) {
  keep(now);
  settings_.network = network;
  if (settings_.rules.looks_at_addresses()) settings_.device.networks = platform::own_networks();
  records_.assign(records_.size(), Record{});
  learnt_.assign(learnt_.size(), false);
  any_learnt_ = false;
  favourite_.reset();
  take(file_.load(), now);
  compare(now);
}

}  // namespace muster::beacon
