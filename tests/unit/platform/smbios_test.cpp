#include <catch2/catch.hpp>
#include <random>

#include "platform/smbios.h"

using namespace muster::platform;

namespace {

// One structure of the table: type, the bytes after its header, strings.
std::string structure(unsigned type, std::string fixed, std::initializer_list<const char*> strings = {}) {
  std::string bytes{static_cast<char>(type), static_cast<char>(fixed.size() + 4), '\1', '\0'};
  bytes += fixed;
  for (const char* const one : strings) bytes.append(one).push_back('\0');
  return bytes + std::string(strings.size() == 0 ? 2 : 1, '\0');
}

std::string sample() {
  std::string system("\1\2\3\4", 4);
  for (char i = 1; i <= 16; ++i) system += i;
  system += std::string("\6\0\5", 3);
  std::string memory(0x1c - 4, '\0');
  memory[0x0c - 4] = '\0';
  memory[0x0d - 4] = '\x40';  // 16384 MiB
  memory[0x0e - 4] = '\x09';  // DIMM
  memory[0x10 - 4] = '\1';
  memory[0x12 - 4] = '\x1a';  // DDR4
  memory[0x15 - 4] = '\x80';
  memory[0x16 - 4] = '\x0c';  // 3200
  return structure(0, std::string("\1\2\0\0\3", 5), {"ExampleCorp", "1.2.3", "11/02/2024"}) +
         structure(1, system, {"ExampleCorp", "EX-1", "To Be Filled By O.E.M.", "EX1-000123", "SKU"}) +
         structure(17, memory, {"DIMM_A1"}) + structure(127, "");
}

}  // namespace

TEST_CASE("facts are read from the structures of a table") {
  const Smbios facts = parse_smbios(sample());
  CHECK(facts.firmware.version == "1.2.3");
  CHECK(facts.firmware_date == "2024-11-02");
  CHECK(facts.system.product == "EX-1");
  CHECK(facts.system.version.empty());  // a filler says nothing
  CHECK(facts.system.serial == "EX1-000123");
  CHECK(facts.uuid == "04030201-0605-0807-090a-0b0c0d0e0f10");
  REQUIRE(facts.memory.size() == 1);
  CHECK(facts.memory[0].size == 16384U);
  CHECK(facts.memory[0].type == "DDR4");
  CHECK(facts.memory[0].speed == 3200U);
  CHECK(facts.memory[0].locator == "DIMM_A1");
}

TEST_CASE("a table that is cut off anywhere gives what came before") {
  const std::string table = sample();
  for (std::size_t size = 0; size < table.size(); ++size) {
    const Smbios facts = parse_smbios(std::string_view(table).substr(0, size));
    CHECK(facts.memory.size() <= 1);
  }
}

TEST_CASE("no damaged table does harm") {
  std::mt19937 random(42);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same damage in each run
  for (int i = 0; i < 20'000; ++i) {
    std::string table = sample();
    for (unsigned changes = 1 + random() % 8; changes > 0; --changes)
      table[random() % table.size()] = static_cast<char>(random());
    const Smbios facts = parse_smbios(table);
    CHECK(facts.memory.size() < 10);
  }
}
