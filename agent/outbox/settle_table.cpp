#include "agent/outbox/settle_table.h"

namespace muster::outbox {
namespace {

using platform::FileFacts;
using platform::Writers;

// Linux stamps files with a clock that ticks every 1 to 10 ms. Some file systems keep whole seconds only.
constexpr milliseconds usual_tick{20};
constexpr milliseconds whole_seconds_tick{2100};
constexpr seconds quiet_time{60};
constexpr seconds patience_with_names{1};

milliseconds tick_of(const FileFacts& facts) {
  const bool whole = facts.status_changed.time_since_epoch() % seconds(1) == WallTime::duration::zero();
  return whole ? whole_seconds_tick : usual_tick;
}

}  // namespace

SettleTable::File* SettleTable::file_of(const spool::Entry& entry) {
  const std::string name = entry.path();
  const auto known = files_.find(name);
  if (known != files_.end()) return &known->second;
  if (files_.size() >= max_files) {
    overflow_ = true;
    return nullptr;
  }
  return &files_[name];
}

void SettleTable::plan(const std::string& name, File& file, SteadyTime due, bool soon) {
  unplan(name, file);
  file.due = due;
  file.soon = soon;
  if (soon) ++soon_;
  by_due_.emplace(due, name);
}

void SettleTable::unplan(const std::string& name, File& file) {
  by_due_.erase({file.due, name});
  if (std::exchange(file.soon, false)) --soon_;
}

void SettleTable::closed(const spool::Entry& entry, SteadyTime now) {
  File* const file = file_of(entry);
  if (file == nullptr) return;
  file->closed = true;
  plan(entry.path(), *file, now + usual_tick, true);
}

void SettleTable::named(const spool::Entry& entry, SteadyTime now) {
  File* const file = file_of(entry);
  if (file == nullptr) return;
  file->closed = false;
  plan(entry.path(), *file, now + patience_with_names, false);
}

void SettleTable::recheck(const spool::Entry& entry, SteadyTime now) {
  if (File* const file = file_of(entry)) plan(entry.path(), *file, now + usual_tick, true);
}

void SettleTable::written(const spool::Entry& entry) {
  const auto known = files_.find(entry.path());
  if (known != files_.end()) known->second.closed = false;
}

Settling SettleTable::judge(const spool::Entry& entry, const FileFacts& facts, Writers writers, SteadyTime now,
                            WallTime wall) {
  const std::string name = entry.path();
  const auto known = files_.find(name);
  const bool closed = known != files_.end() && known->second.closed;
  const bool seen_before = known != files_.end() && known->second.facts == facts;
  const SteadyTime since = seen_before ? known->second.since : now;

  // A change at this moment would change the times, unless they are of the present tick. Times in the future say
  // nothing.
  const milliseconds tick = tick_of(facts);
  const bool past_tick = (facts.status_changed <= wall - tick) || now - since >= tick;

  Settling settling = Settling::complete;
  SteadyTime due = now;
  if (writers == Writers::some) {
    settling = Settling::writer;  // its close is reported, unless it was opened under another name
    due = now + quiet_time;
  } else if (writers == Writers::unknown && !closed && now - since < quiet_time) {
    settling = Settling::quiet;
    due = since + quiet_time;
  } else if (!past_tick) {
    settling = Settling::tick;
    due = since + tick;
  }

  if (settling == Settling::complete) {
    forget(entry);
  } else if (File* const file = file_of(entry)) {
    file->facts = facts;
    file->since = since;
    plan(name, *file, due, settling == Settling::tick);
  }
  return settling;
}

void SettleTable::forget(const spool::Entry& entry) {
  const auto known = files_.find(entry.path());
  if (known == files_.end()) return;
  unplan(known->first, known->second);
  files_.erase(known);
}

std::optional<spool::Entry> SettleTable::take_due(SteadyTime now) {
  if (by_due_.empty() || by_due_.begin()->first > now) return std::nullopt;
  const std::string name = by_due_.begin()->second;
  File& file = files_.at(name);
  by_due_.erase(by_due_.begin());
  if (std::exchange(file.soon, false)) --soon_;

  const auto slash = name.find('/');
  return spool::Entry{name.substr(0, slash), name.substr(slash + 1)};
}

std::optional<SteadyTime> SettleTable::wakes_at() const {
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->first;
}

}  // namespace muster::outbox
