#include "platform/peripherals.h"

#include <algorithm>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {
namespace {

constexpr std::uint64_t micro_in_milli = 1000;

std::optional<std::uint64_t> in_milli(const std::optional<std::uint64_t>& micro) {
  return micro ? std::optional(*micro / micro_in_milli) : std::nullopt;
}

// Some batteries count energy (uWh), others charge (uAh), which the voltage turns into energy.
std::optional<std::uint64_t> energy(const SystemRoot& root, const std::string& folder, const std::string& what,
                                    const std::optional<std::uint64_t>& millivolts) {
  if (const auto value = root.number(folder + "/energy_" + what)) return in_milli(value);
  const auto charge = in_milli(root.number(folder + "/charge_" + what));
  if (!charge || !millivolts || *charge > 1'000'000 || *millivolts > 1'000'000) return std::nullopt;
  return *charge * *millivolts / 1000;
}

// One stanza of proc/bus/input/devices.
struct Stanza {
  std::string bus;
  std::string name;
  std::string handlers;
};

InputDevice input_of(const Stanza& stanza) {
  InputDevice device;
  device.name = stanza.name;
  if (stanza.handlers.find("mouse") != std::string::npos) device.kind = "pointer";
  if (stanza.handlers.find("kbd") != std::string::npos && device.kind.empty()) device.kind = "keyboard";
  if (stanza.bus == "0003") device.bus = "USB";
  if (stanza.bus == "0005") device.bus = "Bluetooth";
  if (stanza.bus == "0011") device.bus = "PS/2";
  return device;
}

}  // namespace

std::vector<Battery> batteries(const SystemRoot& root) {
  const std::string supplies = "sys/class/power_supply";
  std::vector<Battery> found;

  for (const std::string& name : root.names(supplies)) {
    const std::string folder = supplies + "/" + name;
    if (root.line(folder + "/type") != "Battery" || root.line(folder + "/scope") == "Device") continue;
    if (root.number(folder + "/present") == 0U) continue;

    Battery battery;
    battery.name = root.line(folder + "/model_name");
    if (battery.name.empty()) battery.name = name;
    battery.manufacturer = root.line(folder + "/manufacturer");
    battery.serial = root.line(folder + "/serial_number");
    battery.chemistry = root.line(folder + "/technology");

    battery.voltage = in_milli(root.number(folder + "/voltage_min_design"));
    battery.capacity = energy(root, folder, "full_design", battery.voltage);
    battery.full_capacity = energy(root, folder, "full", battery.voltage);
    found.push_back(std::move(battery));
  }
  return found;
}

std::vector<Monitor> monitors(const SystemRoot& root) {
  std::vector<Monitor> found;
  for (const std::string& connector : root.names("sys/class/drm")) {
    const auto bytes = root.read("sys/class/drm/" + connector + "/edid");
    auto monitor = bytes ? parse_edid(*bytes) : std::nullopt;
    if (!monitor) continue;
    monitor->port = connector;
    found.push_back(std::move(*monitor));
  }
  return found;
}

std::vector<InputDevice> input_devices(const SystemRoot& root) {
  std::vector<InputDevice> found;
  Stanza stanza;
  const auto end = [&] {
    const InputDevice device = input_of(std::exchange(stanza, {}));
    if (!device.name.empty() && !device.kind.empty()) found.push_back(device);
  };

  root.each_line("proc/bus/input/devices", [&](std::string_view line) {
    if (line.empty()) return end();
    if (line.starts_with("I: Bus=")) stanza.bus = line.substr(7, 4);
    if (line.starts_with("N: Name=")) stanza.name = text::trim(line.substr(8));
    if (line.starts_with("H: Handlers=")) stanza.handlers = line.substr(12);
  });
  end();
  for (InputDevice& device : found) std::erase(device.name, '"');
  return found;
}

}  // namespace muster::platform
