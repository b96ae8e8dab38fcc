// A beacon list on trial, as those see it who send and fetch.
#pragma once

#include <filesystem>

#include "agent/beacon/location.h"
#include "agent/policy/record.h"

namespace muster::policy {

// While the proof of that direction is missing, the locations of the list are tried first; the others follow.
void put_trial_first(beacon::Locations& locations, beacon::Direction direction, const Record& record);

// Reports an upload to a trial. Made when the locations are read; what is sent later counts for their list alone.
class UploadProof {
 public:
  UploadProof(std::filesystem::path state, const Record& record)
      : state_(std::move(state)), waits_(record.trial && !record.trial->uploaded), beacons_(record.beacons) {}

  // Cheap unless a trial waits for it. What cannot be recorded is logged.
  void note_delivery(const beacon::Location& location);

 private:
  std::filesystem::path state_;
  bool waits_;
  BeaconLists beacons_;
};

}  // namespace muster::policy
