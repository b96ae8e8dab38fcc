#include "agent/inventory/device_id.h"

#include <optional>
#include <vector>

#include "agent/inventory/uuid.h"
#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/host.h"
#include "platform/operating_system.h"
#include "platform/smbios.h"
#include "ssl/digest.h"

namespace muster::inventory {
namespace {

constexpr std::uint64_t max_file = 4096;

// 32 digits in hex, with or without dashes: a UUID, machine-id(5). Images that are to get one have zeros or a word.
bool identifies(std::string id) {
  constexpr std::size_t digits = 32;
  std::erase(id, '-');
  return id.size() == digits && id.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos &&
         id.find_first_not_of('0') != std::string::npos;
}

std::optional<StoredId> parse(const std::string& content) {
  const std::vector<std::string> lines = text::split_exactly(content, '\n');
  if (lines.size() != 4 || !identifies(lines[0]) || !identifies(lines[1]) || !lines[3].empty()) return std::nullopt;
  return StoredId{lines[0], lines[1], lines[2]};
}

std::string content_of(const StoredId& stored) {
  return stored.id + "\n" + stored.installation + "\n" + stored.hardware + "\n";
}

}  // namespace

StoredId settled_id(const std::optional<StoredId>& before, const std::string& machine_id, const std::string& hardware) {
  const std::string installation = derived_id(machine_id, "");
  if (!before || before->installation != installation) return {installation, installation, hardware};
  if (hardware.empty() || before->hardware == hardware) return *before;
  if (before->hardware.empty()) return {before->id, installation, hardware};
  return {derived_id(machine_id, hardware), installation, hardware};
}

std::string derived_id(const std::string& machine_id, const std::string& hardware) {
  return uuid_of(ssl::hmac_sha256(machine_id, "Muster device id 1\n" + hardware));
}

Result<DeviceId> device_id(const platform::SystemRoot& root, const std::string& configured,
                           const std::filesystem::path& state) {
  if (!configured.empty()) return DeviceId{configured, {}};

  const bool superuser = platform::is_superuser();
  const std::string hardware = superuser || !root.live() ? platform::firmware_facts(root).uuid : "";
  const std::filesystem::path file = state / "device-id";
  const auto content = platform::read_file(file, max_file);
  const auto before = content ? parse(*content) : std::nullopt;

  std::string machine_id = platform::machine_id(root);
  if (!identifies(machine_id)) machine_id = hardware;
  if (machine_id.empty()) {
    if (root.live() && before) return DeviceId{before->id, {}};
    return fail(ErrorKind::failure,
                "nothing identifies this device: its machine id (on Linux /etc/machine-id) is missing or no such id",
                "set the preference MachineId, or on Linux run systemd-machine-id-setup as root");
  }
  if (!root.live()) return DeviceId{derived_id(machine_id, ""), {}};

  if (!superuser) {
    const std::string installation = derived_id(machine_id, "");
    if (before && before->installation == installation) return DeviceId{before->id, {}};
    if (content || platform::absent(file)) return DeviceId{installation, {}};
    return DeviceId{installation, "deviceid: " + file.string() + " cannot be read; root may have stored another one"};
  }

  const StoredId settled = settled_id(before, machine_id, hardware);
  if (before && content_of(*before) == content_of(settled)) return DeviceId{settled.id, {}};
  std::error_code ignored;  // where the folder cannot be made, writing the file says why
  std::filesystem::create_directories(state, ignored);
  if (auto written = platform::write_file(file, content_of(settled), 0644); !written) {
    return DeviceId{settled.id, "deviceid: it was not stored: " + written.error().message};
  }
  return DeviceId{settled.id, {}};
}

}  // namespace muster::inventory
