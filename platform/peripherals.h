// Batteries, monitors and input devices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct Battery {
  std::string name;
  std::string manufacturer;
  std::string serial;
  std::string chemistry;                       // "Li-ion"
  std::optional<std::uint64_t> voltage;        // mV, by design
  std::optional<std::uint64_t> capacity;       // mWh, by design
  std::optional<std::uint64_t> full_capacity;  // mWh that it still takes
};

struct Monitor {
  std::string port;          // "card0-HDMI-A-1"
  std::string manufacturer;  // three letters as the PNP registry gives them: "DEL"
  std::string name;
  std::string serial;
  std::string made;  // "2023", the year
};

struct InputDevice {
  std::string name;
  std::string kind;  // "keyboard", "pointer"; empty: another
  std::string bus;   // "USB", "PS/2", "Bluetooth"; empty: another
};

std::vector<Battery> batteries(const SystemRoot& root);
std::vector<Monitor> monitors(const SystemRoot& root);
std::vector<InputDevice> input_devices(const SystemRoot& root);

// Extended Display Identification Data (VESA E-EDID 1.4); nullopt for what is none.
std::optional<Monitor> parse_edid(std::string_view bytes);

}  // namespace muster::platform
