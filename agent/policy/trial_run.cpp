#include "agent/policy/trial_run.h"

#include <algorithm>
#include <vector>

#include "agent/policy/record_file.h"
#include "platform/log.h"

namespace muster::policy {
namespace {

constexpr std::size_t tried_first = 2;

}  // namespace

void put_trial_first(beacon::Locations& locations, beacon::Direction direction, const InForce& in_force) {
  const Record& record = in_force.record;
  if (!record.trial || !in_force.lapsed.empty()) return;
  const bool is_proved = direction == beacon::Direction::upload ? record.trial->uploaded : record.trial->fetched;
  if (is_proved) return;

  const auto& list = record.beacons.of(direction);
  std::vector<beacon::Location*> on_trial;
  for (beacon::Location& location : locations) {
    const bool is_on_trial = lists(list, location.id) && !in_force.by_hand.has(direction, location.id);
    if (is_on_trial && !location.never) on_trial.push_back(&location);
  }

  // Others each hour: a list of which nothing works must not stand before what does.
  const auto hour = static_cast<std::size_t>(std::chrono::floor<std::chrono::hours>(record.trial->ran).count());
  for (std::size_t i = 0; i < std::min(on_trial.size(), tried_first); ++i) {
    beacon::Location& location = *on_trial[(hour * tried_first + i) % on_trial.size()];
    location.auto_priority = false;
    location.priority = 0;  // before the first number that algorithms give
  }
}

void UploadProof::note_delivery(const beacon::Location& location) {
  if (!waits_) return;
  const auto noted = change_record(state_, [&](Record& record) -> Status {
    if (record.beacons == beacons_) record = after_upload(std::move(record), location.id, by_hand_);
    waits_ = record.trial && !record.trial->uploaded && record.beacons == beacons_;
    return {};
  });
  if (!noted) log::warning("the trial of the new beacon list: " + noted.error().line());
}

}  // namespace muster::policy
