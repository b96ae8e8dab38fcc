#include "platform/processors.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {
namespace {

constexpr std::uint64_t bytes_in_kib = 1024;
constexpr std::uint64_t khz_in_mhz = 1000;

using Fields = std::map<std::string, std::string, std::less<>>;

// The file has one stanza for each CPU, and on some architectures one for all. What they have in common counts.
struct CpuInfo {
  Fields fields;                   // the first value of each name
  std::uint64_t cpus = 0;          // stanzas, or what "ncpus active" says
  std::set<std::string> packages;  // values of "physical id"
};

CpuInfo cpu_info(const SystemRoot& root) {
  CpuInfo info;
  root.each_line("proc/cpuinfo", [&](std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view name = text::trim(line.substr(0, colon));
    const std::string_view value = text::trim(line.substr(colon + 1));

    // "processor : 0", and "processor 0: version = ..." on s390.
    if (name == "processor" || name.starts_with("processor ")) ++info.cpus;
    if (name == "physical id") info.packages.emplace(value);
    info.fields.emplace(name, value);
  });
  return info;
}

std::string first_of(const Fields& fields, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto found = fields.find(name); found != fields.end() && !found->second.empty()) return found->second;
  }
  return {};
}

struct ArmName {
  std::string_view number;
  std::string_view name;
};

std::string_view name_of(std::span<const ArmName> names, const std::string& number) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const ArmName& one) { return one.number == number; });
  return found == names.end() ? std::string_view() : found->name;
}

// Main ID register: implementers, and parts of Arm itself (Arm Architecture Reference Manual, MIDR_EL1).
constexpr std::array implementers{
    ArmName{"0x41", "ARM"},       ArmName{"0x42", "Broadcom"}, ArmName{"0x43", "Cavium"}, ArmName{"0x46", "FUJITSU"},
    ArmName{"0x48", "HiSilicon"}, ArmName{"0x4e", "NVIDIA"},   ArmName{"0x50", "APM"},    ArmName{"0x51", "Qualcomm"},
    ArmName{"0x53", "Samsung"},   ArmName{"0x56", "Marvell"},  ArmName{"0x61", "Apple"},  ArmName{"0xc0", "Ampere"},
};
constexpr std::array arm_parts{
    ArmName{"0xb76", "ARM1176"},     ArmName{"0xc07", "Cortex-A7"},   ArmName{"0xc08", "Cortex-A8"},
    ArmName{"0xc09", "Cortex-A9"},   ArmName{"0xc0f", "Cortex-A15"},  ArmName{"0xd03", "Cortex-A53"},
    ArmName{"0xd04", "Cortex-A35"},  ArmName{"0xd05", "Cortex-A55"},  ArmName{"0xd07", "Cortex-A57"},
    ArmName{"0xd08", "Cortex-A72"},  ArmName{"0xd09", "Cortex-A73"},  ArmName{"0xd0b", "Cortex-A76"},
    ArmName{"0xd0c", "Neoverse-N1"}, ArmName{"0xd40", "Neoverse-V1"}, ArmName{"0xd41", "Cortex-A78"},
    ArmName{"0xd49", "Neoverse-N2"}, ArmName{"0xd4f", "Neoverse-V2"},
};

void add_arm_names(const Fields& fields, Processor& processor) {
  const std::string implementer = first_of(fields, {"CPU implementer"});
  const std::string part = first_of(fields, {"CPU part"});
  if (implementer.empty()) return;

  processor.manufacturer = name_of(implementers, implementer);
  if (processor.manufacturer.empty()) processor.manufacturer = implementer;
  processor.model = part;
  processor.stepping = first_of(fields, {"CPU revision"});
  const std::string_view name = implementer == "0x41" ? name_of(arm_parts, part) : std::string_view();
  if (!name.empty()) processor.name = name;
}

// "GenuineIntel" and its like are spelled for the cpuid instruction, not for people.
std::string plain_vendor(const std::string& vendor) {
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"GenuineIntel", "Intel"},     {"AuthenticAMD", "AMD"},       {"HygonGenuine", "Hygon"}, {"CentaurHauls", "VIA"},
      {"GenuineTMx86", "Transmeta"}, {"TransmetaCPU", "Transmeta"}, {"CyrixInstead", "Cyrix"}, {"IBM/S390", "IBM"},
  };
  for (const auto& [word, name] : names) {
    if (vendor == word) return std::string(name);
  }
  return vendor;
}

// "version = FF, identification = ..., machine = 2964" of s390.
std::string machine_of_s390(const Fields& fields) {
  constexpr std::string_view word = "machine = ";
  const std::string line = first_of(fields, {"processor 0", "processor 1"});
  const std::size_t start = line.find(word);
  return start == std::string::npos ? std::string() : line.substr(start + word.size());
}

Processor common_facts(const Fields& fields) {
  Processor processor;
  processor.manufacturer = plain_vendor(first_of(fields, {"vendor_id", "vendor"}));
  processor.family = first_of(fields, {"cpu family", "family"});
  processor.model = first_of(fields, {"model"});
  processor.stepping = first_of(fields, {"stepping"});
  processor.name = first_of(fields, {"model name", "cpu model", "cpu", "cpu-model", "Processor", "uarch"});
  add_arm_names(fields, processor);
  if (processor.name.empty()) processor.name = machine_of_s390(fields);
  if (processor.name.empty()) processor.name = first_of(fields, {"Model", "Hardware", "machine", "platform"});
  return processor;
}

struct Topology {
  std::set<std::string> packages;
  std::set<std::string> cores;
  std::uint64_t cpus = 0;
  std::uint64_t max_khz = 0;
};

bool is_cpu(const std::string& name) { return name.starts_with("cpu") && text::to_number(name.substr(3)).has_value(); }

// CPUs with the same mask of siblings share a core, or a package. CPUs that are switched off have no topology.
Topology topology(const SystemRoot& root) {
  const std::string folder = "sys/devices/system/cpu";
  Topology found;

  for (const std::string& name : root.names(folder)) {
    if (!is_cpu(name)) continue;
    const std::string cpu = folder + "/" + name + "/";
    const std::string core = root.line(cpu + "topology/thread_siblings");
    if (core.empty()) continue;

    ++found.cpus;
    found.cores.insert(core);
    const std::string package = root.line(cpu + "topology/core_siblings");
    found.packages.insert(package.empty() ? core : package);
    found.max_khz = std::max(found.max_khz, root.number(cpu + "cpufreq/cpuinfo_max_freq").value_or(0));
  }
  return found;
}

// Each cache that the first CPU uses is a folder: level, type ("Data", "Instruction", "Unified"), size ("48K").
std::string caches(const SystemRoot& root) {
  const std::string folder = "sys/devices/system/cpu/cpu0/cache";
  std::string found;
  for (const std::string& name : root.names(folder)) {
    const std::string cache = folder + "/" + name + "/";
    const std::string size = root.line(cache + "size");
    if (!name.starts_with("index") || size.empty()) continue;

    const std::string type = root.line(cache + "type");
    const char* const letter = type == "Data" ? "d" : type == "Instruction" ? "i" : "";
    found += (found.empty() ? "L" : ", L") + root.line(cache + "level") + letter + " " + size;
  }
  return found;
}

// "2400.123" or "3000.000000MHz" of what the CPU runs at now: the best that is known where nothing says its maximum.
std::optional<std::uint64_t> present_mhz(const Fields& fields) {
  const std::string value = first_of(fields, {"cpu MHz", "clock", "cpu MHz static"});
  return text::to_number(value.substr(0, value.find_first_not_of("0123456789")));
}

// "Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz"
std::optional<std::uint64_t> named_mhz(const std::string& name) {
  const std::size_t at = name.rfind("@ ");
  if (at == std::string::npos || !name.ends_with("GHz")) return std::nullopt;
  const std::string value = name.substr(at + 2, name.size() - at - 5);
  const std::size_t dot = value.find('.');
  const auto whole = text::to_number(value.substr(0, dot));
  if (!whole) return std::nullopt;
  std::string decimals = dot == std::string::npos ? "" : value.substr(dot + 1, 3);
  decimals.resize(3, '0');
  return *whole * khz_in_mhz + text::to_number(decimals).value_or(0);
}

}  // namespace

std::vector<Processor> processors(const SystemRoot& root) {
  const CpuInfo info = cpu_info(root);
  const Topology shape = topology(root);
  Processor processor = common_facts(info.fields);

  const std::size_t packages = std::max({shape.packages.size(), info.packages.size(), std::size_t{1}});
  const std::uint64_t cpus = shape.cpus > 0 ? shape.cpus : std::max<std::uint64_t>(info.cpus, 1);
  const std::uint64_t cores = shape.cores.empty() ? cpus : shape.cores.size();
  processor.cores = std::max<std::uint64_t>(cores / packages, 1);
  processor.threads = std::max<std::uint64_t>(cpus / packages, 1);

  if (shape.max_khz > 0) processor.max_speed = shape.max_khz / khz_in_mhz;
  if (!processor.max_speed) processor.max_speed = named_mhz(processor.name);
  if (!processor.max_speed) processor.max_speed = present_mhz(info.fields);
  processor.cache = caches(root);
  return {packages, processor};
}

MemorySize memory_size(const SystemRoot& root) {
  MemorySize size;
  root.each_line("proc/meminfo", [&](std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view value = text::trim(line.substr(colon + 1));
    const auto kib = text::to_number(value.substr(0, value.find(' ')));
    if (line.starts_with("MemTotal:") && kib) size.memory = *kib * bytes_in_kib;
    if (line.starts_with("SwapTotal:") && kib) size.swap = *kib * bytes_in_kib;
  });
  return size;
}

}  // namespace muster::platform
