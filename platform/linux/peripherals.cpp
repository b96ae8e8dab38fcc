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

unsigned byte(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

// A descriptor that holds a text: 13 bytes, ended by a line feed where it is shorter.
std::string text_of(std::string_view descriptor) {
  const std::string_view words = descriptor.substr(5, 13);
  return std::string(text::trim(words.substr(0, words.find('\n'))));
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

std::optional<Monitor> parse_edid(std::string_view bytes) {
  constexpr std::size_t size = 128;
  constexpr std::string_view head("\x00\xff\xff\xff\xff\xff\xff\x00", 8);
  if (bytes.size() < size || !bytes.starts_with(head)) return std::nullopt;

  // Three letters of five bits each, 1 is 'A'.
  Monitor monitor;
  const unsigned letters = byte(bytes, 8) << 8U | byte(bytes, 9);
  for (const unsigned shift : {10U, 5U, 0U})
    monitor.manufacturer += static_cast<char>('@' + ((letters >> shift) & 0x1fU));
  if (byte(bytes, 17) > 0) monitor.made = std::to_string(1990 + byte(bytes, 17));
  const std::uint64_t number =
      byte(bytes, 12) | byte(bytes, 13) << 8U | byte(bytes, 14) << 16U | std::uint64_t{byte(bytes, 15)} << 24U;
  if (number != 0) monitor.serial = std::to_string(number);

  constexpr unsigned serial_tag = 0xff;
  constexpr unsigned name_tag = 0xfc;
  for (const std::size_t at : {54U, 72U, 90U, 108U}) {
    const std::string_view descriptor = bytes.substr(at, 18);
    if (byte(descriptor, 0) != 0 || byte(descriptor, 1) != 0) continue;  // a timing
    if (byte(descriptor, 3) == serial_tag) monitor.serial = text_of(descriptor);
    if (byte(descriptor, 3) == name_tag) monitor.name = text_of(descriptor);
  }
  return monitor;
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
