#include "platform/base/random.h"

#include <random>

namespace muster {

double uniform01() {
  thread_local std::minstd_rand engine{random_seed()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace muster
