// Chooses the beacon for each transfer of one direction and learns from how it went. Holds what choose() needs: how the
// locations compare with this device, and the history, which it shares with other processes through state/. One thread.
#pragma once

#include <string>
#include <vector>

#include "agent/beacon/choice.h"
#include "agent/beacon/history_file.h"

namespace muster::beacon {

struct SelectorSettings {
  SelectionRules rules;
  Device device;
  std::string network;          // platform::network_name()
  std::filesystem::path state;  // folder of the history
};

class Selector {
 public:
  // `locations` outlives it. Reads the history. Where an algorithm compares addresses, names are resolved, for two
  // seconds at most, and for a fifth of one where all have been connected to: then the last address stands for those of
  // a name that cannot be resolved now.
  Selector(const Locations& locations, Direction direction, SelectorSettings settings, WallTime now);

  // `bytes` are to be moved, 0 when that is unknown; `tried` marks locations that are not to be asked again.
  Choice choose(std::uint64_t bytes, const std::vector<bool>& tried, WallTime now) const;
  // The earliest time at which a location may be asked again, where all that may be used asked clients to wait.
  std::optional<WallTime> deferred_until(WallTime now) const;
  // The location that a probe beside the usual transfer is for.
  std::optional<std::size_t> next_background_probe(WallTime now) const;

  // A connection was made, or was given up before anything was learnt: all of `timing` is zero then.
  void connected(std::size_t location, const transfer::Timing& timing, const std::string& address, WallTime now);
  // A request in the background was answered.
  void answered(std::size_t location, const transfer::Outcome& outcome, WallTime now);
  // Asked at `began`, it was silent beyond our patience.
  void was_late(std::size_t location, WallTime began, WallTime now);
  void succeeded(std::size_t location, const transfer::Outcome& outcome, WallTime now);
  void failed(std::size_t location, const transfer::Outcome& outcome, WallTime began, WallTime now);

  // The certificates in use, as a number; refusals of other ones do not count.
  void use_epoch(std::uint64_t epoch) { epoch_ = epoch; }

  // The last beacon that did well, unless it has failed since; where all that deliver are slow, the one that is used.
  std::optional<std::size_t> favourite() const { return favourite_; }
  microseconds round_trip(WallTime now) const;  // to the favourite; zero when unknown

  // The same, but with the other IP version first where the preferred one was found not to do within the last hour.
  transfer::TransferOptions options_at(std::size_t location, transfer::TransferOptions options, WallTime now) const;

  const Record& record(std::size_t location) const { return records_[location]; }
  const SelectionRules& rules() const { return settings_.rules; }
  std::uint64_t epoch() const { return epoch_; }

  // Writes what was learnt since the last time, and takes up what others have. What cannot be written now is the next
  // time.
  void keep(WallTime now);
  // Before a transfer after a pause: takes up what others have written, and in another network what is known there; an
  // hour after names were resolved they are again.
  void refresh(const std::string& network, WallTime now);
  const std::string& network() const { return settings_.network; }

 private:
  Situation situation(std::uint64_t bytes, const std::vector<bool>& tried, WallTime now) const;
  void take(const History& history, WallTime now);
  void compare(WallTime now);
  void move_to(const std::string& network, WallTime now);
  std::vector<std::vector<std::string>> addresses() const;
  void learnt(std::size_t location);
  std::optional<std::size_t> slow_favourite(WallTime now) const;

  const Locations& locations_;
  Direction direction_;
  SelectorSettings settings_;
  HistoryFile file_;
  std::uint64_t draw_;
  std::vector<std::string> keys_;
  std::vector<Candidate> candidates_;
  WallTime compared_{};
  std::vector<Record> records_;
  std::vector<bool> learnt_;  // not written yet
  bool any_learnt_ = false;
  std::optional<std::size_t> favourite_;
  std::uint64_t epoch_ = 0;
};

}  // namespace muster::beacon
