#include <windows.h>

#include <bcrypt.h>

#include "platform/base/random.h"

namespace muster {

unsigned random_seed() {
  unsigned seed = 0;
  auto* const bytes = reinterpret_cast<unsigned char*>(&seed);
  if (::BCryptGenRandom(nullptr, bytes, sizeof seed, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0) return seed;

  // What differs between devices and processes will do, as nothing secret is made of it.
  LARGE_INTEGER now{};
  ::QueryPerformanceCounter(&now);
  return static_cast<unsigned>(now.LowPart) ^ (static_cast<unsigned>(::GetCurrentProcessId()) << 12);
}

}  // namespace muster
