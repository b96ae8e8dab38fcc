// What a command that talks to beacons works with: preferences read, identity and trust loaded, a loop running.
#pragma once

#include <memory>

#include "agent/beacon/location.h"
#include "agent/cli/arguments.h"
#include "agent/config/preferences.h"
#include "agent/config/settings.h"
#include "agent/delivery/explain.h"
#include "agent/transfer/loop.h"

namespace muster::cli {

Result<config::Preferences> load_preferences(const GlobalOptions& options);

class Session {
 public:
  // Fails before anything is sent: on a wrong preference, a broken identity, a missing trust store.
  static Result<std::unique_ptr<Session>> open(const GlobalOptions& options, beacon::Direction direction);

  transfer::Loop& loop() { return *loop_; }
  const beacon::Locations& locations() const { return locations_; }
  const transfer::Terms& terms() const { return settings_.terms; }
  delivery::Circumstances circumstances(std::string action) const;

 private:
  Session() = default;

  config::TransferSettings settings_;
  beacon::Locations locations_;
  std::shared_ptr<const ssl::Identity> identity_;
  std::unique_ptr<transfer::Loop> loop_;
};

}  // namespace muster::cli
