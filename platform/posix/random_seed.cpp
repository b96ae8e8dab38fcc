#include <unistd.h>

#include <ctime>

#include "platform/base/random.h"

namespace muster {

// std::random_device would need glibc 2.36.
unsigned random_seed() {
  unsigned seed = 0;
  if (::getentropy(&seed, sizeof seed) == 0) return seed;

  // A kernel without it: what differs between devices and processes will do, as nothing secret is made of it.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<unsigned>(now.tv_nsec) ^ (static_cast<unsigned>(::getpid()) << 12);
}

}  // namespace muster
