// The hardware as its firmware describes it: System Management BIOS (DMTF DSP0134). Values that say nothing, such as
// "To Be Filled By O.E.M.", are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct FirmwarePart {
  std::string manufacturer;
  std::string product;
  std::string version;
  std::string serial;
  std::string asset_tag;
};

struct FirmwareProcessor {
  std::string socket;
  std::string manufacturer;
  std::string name;
  std::string id;  // CPUID as "C3 06 03 00 FF FB EB BF"
  std::string serial;
  std::optional<std::uint64_t> max_speed;       // MHz
  std::optional<std::uint64_t> external_clock;  // MHz
  std::optional<std::uint64_t> cores;
  std::optional<std::uint64_t> threads;
};

struct MemoryModule {
  std::string locator;  // "DIMM_A1"
  std::string bank;
  std::string type;         // "DDR4"
  std::string form_factor;  // "DIMM"
  std::string manufacturer;
  std::string serial;
  std::string part_number;
  std::string correction;              // of its array: "Multi-bit ECC"
  std::optional<std::uint64_t> size;   // MiB; none: the slot is empty
  std::optional<std::uint64_t> speed;  // MT/s
};

struct ExpansionSlot {
  std::string name;
  std::string type;
  std::optional<bool> used;
};

struct Smbios {
  FirmwarePart firmware;      // manufacturer and version
  std::string firmware_date;  // "2024-11-02"
  FirmwarePart system;
  std::string uuid;  // lower case, as Linux writes it
  std::string sku;
  FirmwarePart board;
  FirmwarePart chassis;
  std::string chassis_type;  // "Notebook"
  std::vector<FirmwareProcessor> processors;
  std::vector<MemoryModule> memory;
  std::vector<ExpansionSlot> slots;
};

// Of the structure table alone, without its entry point. Stops quietly where the table is damaged: what came before
// counts.
Smbios parse_smbios(std::string_view table);

// The table where this user may read it; otherwise the strings that the kernel shows to every user, or the device tree.
Smbios firmware_facts(const SystemRoot& root);

}  // namespace muster::platform
