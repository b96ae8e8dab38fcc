#include "agent/policy/record.h"

#include <fmt/core.h>

#include <algorithm>

namespace muster::policy {
namespace {

// A list that leaves a direction to the locations set by hand is proved by any of them.
bool is_through(const Record& record, beacon::Direction direction, const std::string& id, const ByHand& by_hand) {
  const auto& list = record.beacons.of(direction);
  const bool brings_one =
      std::any_of(list.begin(), list.end(), [&](const PolicyLocation& one) { return !by_hand.has(direction, one.id); });
  return !brings_one || (lists(list, id) && !by_hand.has(direction, id));
}

Status check_number(const Record& record, const Arrival& arrival) {
  if (arrival.key.empty()) return {};
  if (!arrival.document.number) return refuse("number is missing: a signed policy needs one");
  if (record.key != arrival.key) return {};

  const std::uint64_t number = *arrival.document.number;
  if (number < record.number) {
    return refuse(fmt::format("its number {} is lower than {}, which was applied", number, record.number));
  }
  if (number == record.number && record.is_signed && record.digest != arrival.digest) {
    return refuse(fmt::format("another policy was applied under its number {}", number));
  }
  return {};
}

// Another list than the one in force goes on trial; the last one that was proved returns without.
void use_list(Record& record, const BeaconLists& list) {
  if (list == record.beacons) return;
  if (record.trial && list == record.former) {
    record.beacons = std::move(record.former);
    record.former = {};
    record.trial.reset();
    return;
  }
  if (!record.trial) record.former = record.beacons;
  record.beacons = list;
  record.trial = Trial{};
}

Record settled(Record record) {
  if (record.trial->uploaded && record.trial->fetched) {
    record.trial.reset();
    record.former = {};
  } else if (record.trial->ran >= trial_time) {
    const std::string missing = !record.trial->uploaded && !record.trial->fetched
                                    ? "no upload was delivered and no policy fetched"
                                    : (record.trial->uploaded ? "no policy was fetched" : "no upload was delivered");

    record.trial_end = fmt::format("the beacon list of policy {} was taken back: {} through it within {} hours",
                                   name_of(record), missing, trial_time.count() / 3600);
    record.beacons = std::move(record.former);
    record.former = {};
    record.trial.reset();
  }
  return record;
}

}  // namespace

Result<Record> take_up(const Record& record, const Arrival& arrival, WallTime now) {
  if (auto checked = check_number(record, arrival); !checked) return fail(checked.error());
  Record next = record;
  next.refusal.clear();
  const bool same = record.applied && record.digest == arrival.digest && record.is_signed == !arrival.key.empty();
  if (same) return next;

  next.applied = arrival.document;
  next.is_signed = !arrival.key.empty();
  next.digest = arrival.digest;
  next.source = arrival.source;
  next.applied_at = now;
  if (next.is_signed) {
    next.key = arrival.key;
    next.number = *arrival.document.number;
  }

  next.trial_end.clear();
  use_list(next, arrival.document.beacons);
  return next;
}

Record after_running(Record record, seconds time) {
  if (!record.trial) return record;
  record.trial->ran += std::max(seconds(0), time);
  return settled(std::move(record));
}

Record after_upload(Record record, const std::string& location, const ByHand& by_hand) {
  if (!record.trial || !is_through(record, beacon::Direction::upload, location, by_hand)) return record;
  record.trial->uploaded = true;
  return settled(std::move(record));
}

Record after_fetch(Record record, const std::string& location, const ByHand& by_hand) {
  if (!record.trial || !is_through(record, beacon::Direction::download, location, by_hand)) return record;
  record.trial->fetched = true;
  return settled(std::move(record));
}

std::optional<Document> in_force(const Record& record) {
  std::optional<Document> document = record.applied;
  if (document) document->beacons = record.beacons;
  return document;
}

std::string name_of(const Record& record) {
  if (record.is_signed) return std::to_string(record.number);
  return "of " + iso8601(record.applied_at);
}

}  // namespace muster::policy
