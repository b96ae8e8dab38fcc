// The name under which servers know this device. It never depends on the host name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "platform/base/result.h"
#include "platform/system_root.h"

namespace muster::inventory {

struct DeviceId {
  std::string value;
  std::string note;  // why it may not be the final one; empty where it is
};

// `configured` (the preference MachineId) where it is set. Otherwise a UUID that is derived from machine-id(5) by a
// keyed hash, so that the identifier itself stays private (as machine-id(5) demands) and every user gets the same one,
// also after a reinstallation. On a live system, root stores it in `state` with the UUID of the hardware. Where the
// hardware is another one later, the image was cloned: root derives and stores a new id, and other users read the
// stored one. Where there is no machine-id, the UUID of the hardware takes its place, for root; and what root stored
// stays. The error is of kind failure: nothing identifies this device.
Result<DeviceId> device_id(const platform::SystemRoot& root, const std::string& configured,
                           const std::filesystem::path& state);

// What root stores: the id, what it was derived from, and the hardware that it belongs to.
struct StoredId {
  std::string id;
  std::string installation;  // the id without regard to the hardware: another one after a new machine-id
  std::string hardware;      // UUID; empty: unknown
};

// What is right on the hardware at hand, given what was stored before. Pure.
StoredId settled_id(const std::optional<StoredId>& before, const std::string& machine_id, const std::string& hardware);

// The id of an installation, on the hardware with that UUID (empty: wherever it was first). Pure.
std::string derived_id(const std::string& machine_id, const std::string& hardware);

}  // namespace muster::inventory
