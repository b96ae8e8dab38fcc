// What libFuzzer calls. Its target is named by an option of ours, which libFuzzer ignores: muster_fuzz --target=pkcs12
// ...
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>

#include "platform/log.h"
#include "tests/fuzz/structure.h"
#include "tests/fuzz/target.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t max_size);

namespace {

using namespace muster::fuzzing;

const Target* target = nullptr;

std::string_view as_text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string mutate_bytes(std::string value, std::size_t max_size) {
  const std::size_t size = value.size();
  value.resize(std::max(max_size, size));
  value.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(value.data()), size, value.size()));
  return value;
}

std::size_t store(const std::string& result, std::uint8_t* bytes, std::size_t max_size) {
  const std::size_t size = std::min(result.size(), max_size);
  std::memcpy(bytes, result.data(), size);
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view option = "--target=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (argument.starts_with(option)) target = find_target(argument.substr(option.size()));
  }
  if (target == nullptr) {
    std::cerr << "usage: muster_fuzz --target=config|crl|http|ocsp|pem|pkcs12|policy|spool [CORPUS...]\n";
    std::exit(2);
  }
  muster::log::set_level(muster::log::Level::off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  target->run(as_text(bytes, size));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  const Structure* const structure = find_structure(target->name);
  if (structure == nullptr) return LLVMFuzzerMutate(bytes, size, max_size);
  Random random(seed);
  return store(structure->change(as_text(bytes, size), random, mutate_bytes), bytes, max_size);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size,
                                                 std::uint8_t* result, std::size_t max_size, unsigned seed) {
  const Structure* const structure = find_structure(target->name);
  if (structure == nullptr) return 0;  // its own crossing over is among its mutations
  Random random(seed);
  return store(structure->cross(as_text(one, one_size), as_text(other, other_size), random), result, max_size);
}
