#include "agent/inventory/glpi_hardware.h"

#include <utility>

#include "agent/inventory/glpi_system.h"
#include "platform/accounts.h"
#include "platform/base/text.h"
#include "platform/interfaces.h"
#include "platform/operating_system.h"
#include "platform/processors.h"
#include "platform/smbios.h"
#include "platform/virtualisation.h"

namespace muster::inventory {
namespace {

constexpr std::uint64_t bytes_in_mib = 1 << 20;

std::optional<std::uint64_t> mib(const std::optional<std::uint64_t>& bytes) {
  return bytes ? std::optional(*bytes / bytes_in_mib) : std::nullopt;
}

// As servers know it from other agents: the container where there is one, otherwise the hypervisor.
std::string machine_kind(const platform::Virtualisation& virtualisation) {
  if (virtualisation.container == "docker") return "Docker";
  if (!virtualisation.container.empty()) return virtualisation.container;
  if (virtualisation.hypervisor == "virtual") return "Virtual Machine";
  return virtualisation.hypervisor.empty() ? "Physical" : virtualisation.hypervisor;
}

Record bios_of(const platform::Smbios& facts) {
  Record record;
  record.add("bmanufacturer", facts.firmware.manufacturer);
  record.add("bversion", facts.firmware.version);
  record.add("bdate", facts.firmware_date);

  record.add("smanufacturer", facts.system.manufacturer);
  record.add("smodel", facts.system.product);
  record.add("ssn", facts.system.serial.empty() ? facts.chassis.serial : facts.system.serial);
  record.add("skunumber", facts.sku);

  record.add("mmanufacturer", facts.board.manufacturer);
  record.add("mmodel", facts.board.product);
  record.add("msn", facts.board.serial);

  record.add("assettag", facts.chassis.asset_tag);
  record.add("enclosureserial", facts.chassis.serial);
  return record;
}

Records slots_of(const platform::Smbios& facts) {
  Records records;
  for (const platform::ExpansionSlot& slot : facts.slots) {
    Record record;
    record.add("name", slot.name).add("designation", slot.name).add("description", slot.type);
    if (slot.used) record.add("status", *slot.used ? "used" : "free");
    records.push_back(std::move(record));
  }
  return records;
}

// The values that the schema allows; others would make the whole document invalid.
std::string architecture_of(const std::string& machine) {
  if (machine == "i386" || machine == "i486" || machine == "i586" || machine == "i686") return machine;
  if (machine == "ppc") return "powerpc";
  if (machine.starts_with("ppc64")) return "powerpc64";
  for (const char* const known : {"mips64", "mips", "alpha", "sparc64", "sparc", "m68k", "x86_64", "aarch64"}) {
    if (machine == known) return machine;
  }
  return machine.starts_with("arm") ? machine : std::string();
}

// What the firmware says of the processor in the same place.
void add_firmware_facts(const platform::FirmwareProcessor& firmware, Record& record) {
  record.add("id", firmware.id);
  record.add("serial", firmware.serial);
  record.add("external_clock", firmware.external_clock);
  record.add("description", firmware.socket);
}

}  // namespace

Finding glpi_hardware(const platform::SystemRoot& root) {
  const platform::Smbios facts = platform::firmware_facts(root);
  const platform::MemorySize size = platform::memory_size(root);

  const auto login = platform::last_login(root);
  const std::vector<std::string> servers = platform::name_servers(root);

  Record record;
  record.add("name", platform::operating_system(root).host_name);
  record.add("uuid", facts.uuid);
  record.add("chassis_type", facts.chassis_type);
  record.add("memory", mib(size.memory));
  record.add("swap", mib(size.swap));
  record.add("vmsystem", machine_kind(platform::virtualisation(root, facts)));
  record.add("defaultgateway", platform::default_gateway(root));
  record.add("dns", servers.empty() ? std::string() : servers.front());
  record.add("lastloggeduser", login ? login->login : std::string()).changing();
  record.add("datelastloggeduser", login && login->time ? glpi_time(*login->time) : std::string()).changing();

  Finding finding;
  finding.groups.push_back({"hardware", {std::move(record)}, true});
  finding.groups.push_back({"bios", {bios_of(facts)}, true});
  finding.groups.push_back({"slots", slots_of(facts), false});
  return finding;
}

Finding glpi_cpus(const platform::SystemRoot& root) {
  const auto processors = platform::processors(root);
  const platform::Smbios facts = platform::firmware_facts(root);
  const std::string architecture = architecture_of(platform::operating_system(root).architecture);

  Group group{"cpus", {}, false};
  for (std::size_t i = 0; i < processors.size(); ++i) {
    const platform::Processor& one = processors[i];
    const bool described = facts.processors.size() == processors.size();
    Record record;

    record.add("name", one.name);
    record.add("manufacturer", one.manufacturer);
    record.add("arch", architecture);
    record.add("core", one.cores);
    record.add("thread", one.threads);

    const auto firmware_speed = described ? facts.processors[i].max_speed : std::nullopt;
    record.add("speed", firmware_speed ? firmware_speed : one.max_speed).changing();
    record.add("familynumber", one.family);
    record.add("model", one.model);
    record.add("stepping", text::to_number(one.stepping));
    record.add("cache", one.cache);
    if (described) add_firmware_facts(facts.processors[i], record);
    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

Finding glpi_memories(const platform::SystemRoot& root) {
  const platform::Smbios facts = platform::firmware_facts(root);

  Group group{"memories", {}, false};
  std::uint64_t number = 0;

  for (const platform::MemoryModule& module : facts.memory) {
    ++number;
    Record record;
    record.add("numslots", number);
    record.add("caption", module.locator);
    record.add("description", module.bank);

    record.add("capacity", module.size);
    record.add("type", module.type);
    record.add("formfactor", module.form_factor);
    record.add("speed", module.speed ? std::to_string(*module.speed) : std::string());
    record.add("manufacturer", module.manufacturer);
    record.add("model", module.part_number);
    record.add("serialnumber", module.serial);
    record.add("memorycorrection", module.correction);
    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

}  // namespace muster::inventory
