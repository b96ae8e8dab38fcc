// What the compiler's library and ours use of glibc versions after 2.28, made from what older ones have. In the package
// build alone; see cmake/old_glibc.cmake.
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace {

constexpr long nanoseconds_per_second = 1'000'000'000;

timespec sum(const timespec& one, const timespec& other) {
  timespec result{one.tv_sec + other.tv_sec, one.tv_nsec + other.tv_nsec};
  if (result.tv_nsec >= nanoseconds_per_second) {
    ++result.tv_sec;
    result.tv_nsec -= nanoseconds_per_second;
  }
  return result;
}

timespec difference(const timespec& end, const timespec& start) {
  timespec result{end.tv_sec - start.tv_sec, end.tv_nsec - start.tv_nsec};
  if (result.tv_nsec < 0) {
    --result.tv_sec;
    result.tv_nsec += nanoseconds_per_second;
  }
  return result;
}

}  // namespace

extern "C" {

// Since 2.32: false means that atomic operations are always used.
extern char __libc_single_threaded;  // NOLINT(bugprone-reserved-identifier)
char __libc_single_threaded = 0;     // NOLINT(bugprone-reserved-identifier)

// Since 2.30. As libstdc++ does on older systems: the rest of the time, on the clock that a condition variable has. The
// caller compares with its own clock afterwards and waits again where that one is behind.
int __wrap_pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,  // NOLINT
                                  const timespec* until) {
  timespec now{};
  timespec real_now{};
  if (::clock_gettime(clock, &now) != 0 || ::clock_gettime(CLOCK_REALTIME, &real_now) != 0) return errno;

  const timespec left = difference(*until, now);
  const timespec real_until = left.tv_sec < 0 ? real_now : sum(real_now, left);
  return ::pthread_cond_timedwait(condition, mutex, &real_until);
}

// Since 2.36; expat seeds its hash tables with it. getentropy() is there since 2.25, and only fails where the kernel has
// no random numbers at all.
void arc4random_buf(void* buffer, size_t size) noexcept {
  constexpr size_t max_at_once = 256;
  auto* bytes = static_cast<char*>(buffer);
  while (size > 0) {
    const size_t part = size < max_at_once ? size : max_at_once;
    if (::getentropy(bytes, part) != 0) std::abort();
    bytes += part;
    size -= part;
  }
}

// 2.29 has new versions of these, which differ in how they report a range error.
#if defined(__aarch64__)
#define MUSTER_OLD(function) __asm__(".symver old_" #function ", " #function "@GLIBC_2.17")
#else
#define MUSTER_OLD(function) __asm__(".symver old_" #function ", " #function "@GLIBC_2.2.5")
#endif

MUSTER_OLD(exp);
MUSTER_OLD(exp2);
MUSTER_OLD(log);
MUSTER_OLD(log2);
MUSTER_OLD(pow);

double old_exp(double value);
double old_exp2(double value);
double old_log(double value);
double old_log2(double value);
double old_pow(double base, double exponent);

// NOLINTBEGIN(bugprone-reserved-identifier)
double __wrap_exp(double value) { return old_exp(value); }
double __wrap_exp2(double value) { return old_exp2(value); }
double __wrap_log(double value) { return old_log(value); }
double __wrap_log2(double value) { return old_log2(value); }
double __wrap_pow(double base, double exponent) { return old_pow(base, exponent); }
// NOLINTEND(bugprone-reserved-identifier)
}
