// What a command that talks to beacons works with: preferences read, identity and trust loaded, a loop running.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "agent/beacon/location.h"
#include "agent/cli/arguments.h"
#include "agent/config/preferences.h"
#include "agent/config/settings.h"
#include "agent/delivery/explain.h"
#include "agent/delivery/generations.h"
#include "agent/transfer/loop.h"

namespace muster::cli {

Result<config::Preferences> load_preferences(const GlobalOptions& options);

class Session {
 public:
  // Fails before anything is sent: on a wrong preference, a broken identity, a missing trust store.
  static Result<std::unique_ptr<Session>> open(const GlobalOptions& options, beacon::Direction direction);

  // The loop for the next transfer: a new one when certificate, key or trust was replaced meanwhile.
  transfer::Loop& loop();
  const beacon::Locations& locations() const { return locations_; }
  config::UploadDigest upload_digest() const { return settings_.upload_digest; }
  const transfer::Terms& terms() const { return settings_.terms; }
  const std::filesystem::path& state_directory() const { return state_directory_; }
  delivery::Circumstances circumstances(std::string action) const;

 private:
  Session() = default;

  std::filesystem::path state_directory_;
  config::TransferSettings settings_;
  beacon::Locations locations_;
  std::optional<delivery::Generations> generations_;
  std::shared_ptr<delivery::Generation> generation_;
};

}  // namespace muster::cli
