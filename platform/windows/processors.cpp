#include "platform/processors.h"

#include <bit>

#include "platform/base/text.h"
#include "platform/windows/native.h"
#include "platform/windows/registry_facts.h"

namespace muster::platform {
namespace {

struct Counts {
  std::uint64_t sockets = 0;
  std::uint64_t cores = 0;
  std::uint64_t threads = 0;
};

Counts counts() {
  DWORD size = 0;
  ::GetLogicalProcessorInformationEx(RelationAll, nullptr, &size);
  std::vector<std::uint64_t> buffer(size / sizeof(std::uint64_t) + 1);  // aligned as the system wants it
  auto* const begin = reinterpret_cast<char*>(buffer.data());
  auto* const first = reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(begin);
  Counts found;
  if (!::GetLogicalProcessorInformationEx(RelationAll, first, &size)) return found;

  for (DWORD at = 0; at < size;) {
    const auto* const entry = reinterpret_cast<const SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(begin + at);
    if (entry->Size == 0) break;
    at += entry->Size;
    if (entry->Relationship == RelationProcessorPackage) ++found.sockets;
    if (entry->Relationship != RelationProcessorCore) continue;

    ++found.cores;
    for (WORD i = 0; i < entry->Processor.GroupCount; ++i) {
      found.threads += static_cast<std::uint64_t>(std::popcount(entry->Processor.GroupMask[i].Mask));
    }
  }
  return found;
}

// "Intel64 Family 6 Model 158 Stepping 10"
std::string number_after(const std::string& text, const std::string& word) {
  const auto words = text::split(text, ' ');
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == word) return words[i + 1];
  }
  return {};
}

}  // namespace

std::vector<Processor> processors(const SystemRoot& /*root*/) {
  constexpr wchar_t key[] = L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0";
  const std::string identifier = registry_text(&key[0], L"Identifier");
  const Counts found = counts();
  const std::uint64_t sockets = found.sockets == 0 ? 1 : found.sockets;

  Processor one;
  one.name = std::string(text::trim(registry_text(&key[0], L"ProcessorNameString")));
  one.manufacturer = registry_text(&key[0], L"VendorIdentifier");
  one.family = number_after(identifier, "Family");
  one.model = number_after(identifier, "Model");
  one.stepping = number_after(identifier, "Stepping");
  one.cores = found.cores / sockets;
  one.threads = found.threads / sockets;
  one.max_speed = registry_number(&key[0], L"~MHz");
  return std::vector<Processor>(sockets, one);
}

MemorySize memory_size(const SystemRoot& /*root*/) {
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof status;
  if (!::GlobalMemoryStatusEx(&status)) return {};
  MemorySize size;
  size.memory = status.ullTotalPhys;
  if (status.ullTotalPageFile >= status.ullTotalPhys) size.swap = status.ullTotalPageFile - status.ullTotalPhys;
  return size;
}

}  // namespace muster::platform
