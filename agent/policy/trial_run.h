// A beacon list on trial, as those see it who send and fetch.
#pragma once

#include <filesystem>

#include "agent/policy/applied.h"

namespace muster::policy {

// While the proof of that direction is missing, the locations of the list are tried first; the others follow. Those set
// by hand keep their places.
void put_trial_first(beacon::Locations& locations, beacon::Direction direction, const InForce& in_force);

// Reports an upload to a trial. Made when the locations are read; what is sent later counts for their list alone.
class UploadProof {
 public:
  UploadProof(std::filesystem::path state, const InForce& in_force)
      : state_(std::move(state)),
        waits_(in_force.record.trial && !in_force.record.trial->uploaded),
        beacons_(in_force.record.beacons),
        by_hand_(in_force.by_hand) {}

  // Cheap unless a trial waits for it. What cannot be recorded is logged.
  void note_delivery(const beacon::Location& location);

 private:
  std::filesystem::path state_;
  bool waits_;
  BeaconLists beacons_;
  ByHand by_hand_;
};

}  // namespace muster::policy
