#include "platform/smbios.h"

#include <algorithm>
#include <array>
#include <span>

#include "platform/base/text.h"
#include "platform/firmware_table.h"

namespace muster::platform {
namespace {

// One structure: a formatted part with its header, then strings that it refers to by number from 1 (DSP0134, 6.1).
class Structure {
 public:
  // Cuts the first structure from the table; empty where none is complete.
  static std::optional<Structure> take(std::string_view& table) {
    constexpr std::size_t header = 4;
    if (table.size() < header) return std::nullopt;
    const auto length = static_cast<unsigned char>(table[1]);
    if (length < header || table.size() < length) return std::nullopt;

    // The strings end with an empty one; without any there are two zero bytes.
    const std::size_t end = table.find(std::string_view("\0\0", 2), length);
    if (end == std::string_view::npos) return std::nullopt;
    Structure structure(table.substr(0, length), table.substr(length, end - length));
    table.remove_prefix(end + 2);
    return structure;
  }

  unsigned type() const { return byte(0); }
  unsigned byte(std::size_t at) const { return at < fixed_.size() ? static_cast<unsigned char>(fixed_[at]) : 0U; }
  unsigned word(std::size_t at) const { return byte(at) | byte(at + 1) << 8U; }
  std::uint64_t dword(std::size_t at) const { return word(at) | std::uint64_t{word(at + 2)} << 16U; }
  bool has(std::size_t at) const { return at < fixed_.size(); }

  std::string string(std::size_t at) const {
    unsigned number = byte(at);
    std::string_view rest = strings_;
    for (; number > 1 && !rest.empty(); --number) {
      const std::size_t end = rest.find('\0');
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    if (number == 0) return {};
    return meaning(rest.substr(0, rest.find('\0')));
  }

  // What a manufacturer forgot to fill in says nothing.
  static std::string meaning(std::string_view value) {
    value = text::trim(value);
    static constexpr std::string_view fillers[] = {"to be filled by o.e.m.",
                                                   "to be filled by o.e.m",
                                                   "not specified",
                                                   "not available",
                                                   "not provided",
                                                   "none",
                                                   "unknown",
                                                   "system manufacturer",
                                                   "system product name",
                                                   "system version",
                                                   "system serial number",
                                                   "default string",
                                                   "n/a",
                                                   "na",
                                                   "not applicable",
                                                   "no asset tag",
                                                   "no asset information",
                                                   "empty",
                                                   "<out of spec>",
                                                   "asset-1234567890",
                                                   "chassis manufacture",
                                                   "chassis serial number",
                                                   "chassis version",
                                                   "0123456789",
                                                   "xxxxxxx",
                                                   "oem",
                                                   "o.e.m.",
                                                   "undefined",
                                                   "nil",
                                                   "none supplied",
                                                   "sernum00",
                                                   "not settable",
                                                   "unspecified",
                                                   "no module installed"};

    const std::string lower = text::lower(value);
    if (std::find(std::begin(fillers), std::end(fillers), lower) != std::end(fillers)) return {};
    if (value.find_first_not_of(" 0.-_") == std::string_view::npos) return {};
    return std::string(value);
  }

  std::string uuid(std::size_t at) const {
    constexpr std::size_t size = 16;
    if (!has(at + size - 1)) return {};
    std::string_view bytes = fixed_.substr(at, size);
    const auto all = [&](char value) { return bytes.find_first_not_of(value) == std::string_view::npos; };
    if (all('\0') || all('\xff')) return {};

    // The first three groups are little-endian (DSP0134, 7.2.1).
    static constexpr std::array<std::size_t, size> order{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    std::string ordered;
    for (const std::size_t from : order) ordered += bytes[from];
    std::string digits = text::hex(ordered);
    for (const std::size_t dash : {20U, 16U, 12U, 8U}) digits.insert(dash, "-");
    return digits;
  }

 private:
  Structure(std::string_view fixed, std::string_view strings) : fixed_(fixed), strings_(strings) {}
  std::string_view fixed_;
  std::string_view strings_;
};

// Numbers that stand for words start at 1; 0 and what is beyond the table say nothing.
std::string word_of(std::span<const std::string_view> words, unsigned number) {
  return number >= 1 && number <= words.size() ? std::string(words[number - 1]) : std::string();
}

std::optional<std::uint64_t> unless_zero(std::uint64_t value) {
  return value == 0 ? std::nullopt : std::optional(value);
}

// DSP0134, 7.4.1
constexpr std::string_view chassis_types[] = {"Other",
                                              "Unknown",
                                              "Desktop",
                                              "Low Profile Desktop",
                                              "Pizza Box",
                                              "Mini Tower",
                                              "Tower",
                                              "Portable",
                                              "Laptop",
                                              "Notebook",
                                              "Hand Held",
                                              "Docking Station",
                                              "All in One",
                                              "Sub Notebook",
                                              "Space-Saving",
                                              "Lunch Box",
                                              "Main Server Chassis",
                                              "Expansion Chassis",
                                              "Sub Chassis",
                                              "Bus Expansion Chassis",
                                              "Peripheral Chassis",
                                              "RAID Chassis",
                                              "Rack Mount Chassis",
                                              "Sealed-Case PC",
                                              "Multi-system chassis",
                                              "Compact PCI",
                                              "Advanced TCA",
                                              "Blade",
                                              "Blade Enclosure",
                                              "Tablet",
                                              "Convertible",
                                              "Detachable",
                                              "IoT Gateway",
                                              "Embedded PC",
                                              "Mini PC",
                                              "Stick PC"};

// 7.18.1
constexpr std::string_view form_factors[] = {
    "Other",        "",     "SIMM",   "SIP",   "Chip",    "DIP", "ZIP", "Proprietary Card", "DIMM", "TSOP",
    "Row Of Chips", "RIMM", "SODIMM", "SRIMM", "FB-DIMM", "Die", "CAMM"};

// 7.18.2
constexpr std::string_view memory_types[] = {"Other",
                                             "",
                                             "DRAM",
                                             "EDRAM",
                                             "VRAM",
                                             "SRAM",
                                             "RAM",
                                             "ROM",
                                             "Flash",
                                             "EEPROM",
                                             "FEPROM",
                                             "EPROM",
                                             "CDRAM",
                                             "3DRAM",
                                             "SDRAM",
                                             "SGRAM",
                                             "RDRAM",
                                             "DDR",
                                             "DDR2",
                                             "DDR2 FB-DIMM",
                                             "",
                                             "",
                                             "",
                                             "DDR3",
                                             "FBD2",
                                             "DDR4",
                                             "LPDDR",
                                             "LPDDR2",
                                             "LPDDR3",
                                             "LPDDR4",
                                             "Logical non-volatile device",
                                             "HBM",
                                             "HBM2",
                                             "DDR5",
                                             "LPDDR5",
                                             "HBM3"};

// 7.17.3
constexpr std::string_view corrections[] = {"Other", "", "None", "Parity", "Single-bit ECC", "Multi-bit ECC", "CRC"};

std::string slot_type(unsigned number) {
  static constexpr std::string_view buses[] = {"Other",
                                               "",
                                               "ISA",
                                               "MCA",
                                               "EISA",
                                               "PCI",
                                               "PC Card",
                                               "VLB",
                                               "Proprietary",
                                               "Processor Card",
                                               "Proprietary Memory Card",
                                               "I/O Riser Card",
                                               "NuBus",
                                               "PCI-66",
                                               "AGP",
                                               "AGP 2x",
                                               "AGP 4x",
                                               "PCI-X",
                                               "AGP 8x"};  // 7.10.1

  if (number <= std::size(buses)) return word_of(buses, number);
  return number >= 0xa5 && number <= 0xc6 ? "PCI Express" : "";
}

// "11/02/2024" or "11/02/99"; anything else says nothing.
std::string iso_date_of(std::string_view date) {
  if (date.size() != 8 && date.size() != 10) return {};
  if (date[2] != '/' || date[5] != '/') return {};
  const auto month = text::to_number(date.substr(0, 2));
  const auto day = text::to_number(date.substr(3, 2));
  const auto year = text::to_number(date.substr(6));
  if (!month || !day || !year || *month < 1 || *month > 12 || *day < 1 || *day > 31) return {};

  const std::string century = date.size() == 10 ? "" : "19";
  return century + std::string(date.substr(6)) + "-" + std::string(date.substr(0, 2)) + "-" +
         std::string(date.substr(3, 2));
}

void add_processor(const Structure& structure, Smbios& facts) {
  constexpr unsigned populated = 0x40;
  constexpr unsigned in_the_wide_field = 0xff;
  if (structure.has(0x18) && (structure.byte(0x18) & populated) == 0) return;

  FirmwareProcessor one;
  one.socket = structure.string(0x04);
  one.manufacturer = structure.string(0x07);
  one.name = structure.string(0x10);
  one.serial = structure.string(0x20);
  one.external_clock = unless_zero(structure.word(0x12));
  one.max_speed = unless_zero(structure.word(0x14));
  for (std::size_t i = 0x08; i < 0x10; ++i) {
    const std::string digits = text::hex(std::string(1, static_cast<char>(structure.byte(i))));
    for (const char digit : digits) one.id += digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
    if (i < 0x0f) one.id += ' ';
  }

  const unsigned cores = structure.byte(0x23);
  const unsigned threads = structure.byte(0x25);
  one.cores = unless_zero(cores == in_the_wide_field && structure.has(0x2b) ? structure.word(0x2a) : cores);
  one.threads = unless_zero(threads == in_the_wide_field && structure.has(0x2f) ? structure.word(0x2e) : threads);
  facts.processors.push_back(std::move(one));
}

std::optional<std::uint64_t> module_size(const Structure& structure) {
  constexpr unsigned unknown = 0xffff;
  constexpr unsigned extended = 0x7fff;
  constexpr unsigned in_kib = 0x8000;
  const unsigned size = structure.word(0x0c);

  if (size == 0 || size == unknown) return std::nullopt;
  if (size == extended) return unless_zero(structure.dword(0x1c) & 0x7fffffffU);
  return (size & in_kib) != 0 ? unless_zero((size & ~in_kib) / 1024) : unless_zero(size);
}

void add_memory(const Structure& structure, const std::string& correction, Smbios& facts) {
  MemoryModule one;
  one.size = module_size(structure);
  one.form_factor = word_of(form_factors, structure.byte(0x0e));
  one.locator = structure.string(0x10);
  one.bank = structure.string(0x11);
  one.type = word_of(memory_types, structure.byte(0x12));

  const unsigned speed = structure.word(0x15);
  one.speed = speed == 0xffff ? unless_zero(structure.dword(0x54)) : unless_zero(speed);
  one.manufacturer = structure.string(0x17);
  one.serial = structure.string(0x18);
  one.part_number = structure.string(0x1a);
  one.correction = correction;
  facts.memory.push_back(std::move(one));
}

void add_slot(const Structure& structure, Smbios& facts) {
  ExpansionSlot one;
  one.name = structure.string(0x04);
  one.type = slot_type(structure.byte(0x05));
  const unsigned usage = structure.byte(0x07);
  if (usage == 3) one.used = false;
  if (usage == 4) one.used = true;
  if (!one.name.empty()) facts.slots.push_back(std::move(one));
}

FirmwarePart part_of(const Structure& structure) {
  return {structure.string(0x04), structure.string(0x05), structure.string(0x06), structure.string(0x07), {}};
}

void add_chassis(const Structure& structure, Smbios& facts) {
  constexpr unsigned without_lock = 0x7f;
  if (!facts.chassis_type.empty()) return;
  facts.chassis = {structure.string(0x04), {}, structure.string(0x06), structure.string(0x07), structure.string(0x08)};
  facts.chassis_type = word_of(chassis_types, structure.byte(0x05) & without_lock);
}

// The first system and the first board are the machine; the others are its parts.
void add_structure(const Structure& structure, std::string& correction, Smbios& facts) {
  switch (structure.type()) {
    case 0:
      facts.firmware = {structure.string(0x04), {}, structure.string(0x05), {}, {}};
      facts.firmware_date = iso_date_of(structure.string(0x08));
      break;
    case 1:
      facts.system = part_of(structure);
      facts.uuid = structure.uuid(0x08);
      facts.sku = structure.string(0x19);
      break;
    case 2:
      if (!facts.board.manufacturer.empty() || !facts.board.product.empty()) break;
      facts.board = part_of(structure);
      facts.board.asset_tag = structure.string(0x08);
      break;
    case 3: add_chassis(structure, facts); break;
    case 4: add_processor(structure, facts); break;
    case 9: add_slot(structure, facts); break;
    case 16: correction = word_of(corrections, structure.byte(0x06)); break;
    case 17: add_memory(structure, correction, facts); break;
    default: break;
  }
}

// What the kernel shows to every user, and the serial numbers to root.
Smbios shown_by_kernel(const SystemRoot& root) {
  const auto shown = [&](const char* name) {
    return Structure::meaning(root.line(std::string("sys/class/dmi/id/") + name));
  };

  Smbios facts;
  facts.firmware = {shown("bios_vendor"), {}, shown("bios_version"), {}, {}};
  facts.firmware_date = iso_date_of(shown("bios_date"));

  facts.system = {shown("sys_vendor"), shown("product_name"), shown("product_version"), shown("product_serial"), {}};
  facts.uuid = text::lower(shown("product_uuid"));
  facts.sku = shown("product_sku");

  facts.board = {shown("board_vendor"), shown("board_name"), shown("board_version"), shown("board_serial"),
                 shown("board_asset_tag")};
  facts.chassis = {
      shown("chassis_vendor"), {}, shown("chassis_version"), shown("chassis_serial"), shown("chassis_asset_tag")};

  const auto type = text::to_number(shown("chassis_type"));
  if (type && *type <= std::size(chassis_types))
    facts.chassis_type = word_of(chassis_types, static_cast<unsigned>(*type));
  return facts;
}

// Boards without SMBIOS, such as most with an Arm processor. Strings end with a zero byte.
void add_device_tree(const SystemRoot& root, Smbios& facts) {
  const auto value = [&](const char* name) {
    const std::string bytes = root.line(std::string("proc/device-tree/") + name);
    return Structure::meaning(std::string_view(bytes).substr(0, bytes.find('\0')));
  };
  facts.system.product = value("model");
  facts.system.serial = value("serial-number");
}

}  // namespace

Smbios parse_smbios(std::string_view table) {
  constexpr unsigned end_of_table = 127;
  Smbios facts;
  std::string correction;
  while (const auto structure = Structure::take(table)) {
    if (structure->type() == end_of_table) break;
    add_structure(*structure, correction, facts);
  }
  return facts;
}

Smbios firmware_facts(const SystemRoot& root) {
  if (const auto table = firmware_table(root); table && !table->empty()) return parse_smbios(*table);
  Smbios facts = shown_by_kernel(root);
  if (facts.system.product.empty()) add_device_tree(root, facts);
  return facts;
}

}  // namespace muster::platform
