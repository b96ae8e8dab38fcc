#include "agent/spool/backlog.h"

#include <algorithm>

namespace muster::spool {
namespace {

constexpr std::size_t most_problems = 100;
constexpr std::size_t max_left_alone = 100;
constexpr seconds quiet_time{60};

std::string why_unfinished(const platform::OpenEntry& found) {
  const platform::Writers writers = platform::writers_of(found.file);
  if (writers == platform::Writers::some) return "a process has it open for writing";
  const bool changed_now = wall_now() - found.facts.status_changed < quiet_time;
  if (writers != platform::Writers::unknown || !changed_now) return {};
  return "it may still be being written; the agent sends it when it has not changed for a minute";
}

void take_earlier(std::optional<WallTime>& earliest, WallTime time) {
  earliest = std::min(earliest.value_or(time), time);
}

}  // namespace

std::uint64_t count_waiting(Spool& spool, const std::string& only) {
  std::uint64_t count = 0;
  Scan scan = spool.scan(only);
  while (scan.next()) ++count;
  return count;
}

Backlog backlog_of(Spool& spool, const WhyLeft& why_left) {
  using State = platform::OpenEntry::State;
  Backlog backlog;
  const auto report = [&](const Error& problem) {
    if (backlog.problems.size() < most_problems) backlog.problems.push_back(problem);
  };

  Scan scan = spool.scan();
  while (const auto entry = scan.next()) {
    const platform::OpenEntry found = spool.examine(*entry);
    if (found.state == State::gone) continue;

    ++backlog.waiting;
    Waiting& of_type = backlog.types[entry->type];
    ++of_type.files;
    if (found.state != State::open) {
      report(found.problem);
      continue;
    }

    backlog.bytes += found.facts.size;
    of_type.bytes += found.facts.size;
    take_earlier(backlog.oldest, found.facts.modified);
    take_earlier(of_type.oldest, found.facts.modified);
    take_earlier(backlog.waiting_since, found.facts.status_changed);
    if (backlog.left_alone.size() >= max_left_alone) continue;

    std::string why = why_left ? why_left(*entry, found.facts) : std::string();
    if (why.empty()) why = why_unfinished(found);
    if (!why.empty()) backlog.left_alone.push_back({*entry, std::move(why)});
  }
  for (const Error& problem : scan.take_problems()) report(problem);
  backlog.set_aside = spool.count_set_aside();
  return backlog;
}

}  // namespace muster::spool
