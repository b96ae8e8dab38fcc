#include "agent/spool/backlog.h"

#include <algorithm>

namespace muster::spool {
namespace {

constexpr std::size_t most_problems = 100;

}  // namespace

Backlog backlog_of(Spool& spool) {
  using State = platform::Claim::State;
  Backlog backlog;
  const auto tell = [&](const Error& problem) {
    if (backlog.problems.size() < most_problems) backlog.problems.push_back(problem);
  };
  Scan scan = spool.scan();
  while (const auto entry = scan.next()) {
    const platform::Claim found = spool.examine(*entry);
    if (found.state == State::gone) continue;
    ++backlog.waiting;
    if (found.state != State::held) {
      tell(found.problem);
      continue;
    }
    backlog.bytes += found.facts.size;
    backlog.oldest = std::min(backlog.oldest.value_or(found.facts.modified), found.facts.modified);
  }
  for (const Error& problem : scan.take_problems()) tell(problem);
  backlog.set_aside = spool.count_set_aside();
  return backlog;
}

}  // namespace muster::spool
