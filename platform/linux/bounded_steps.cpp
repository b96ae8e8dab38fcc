#include "platform/bounded_steps.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

#include "platform/file.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

constexpr int exit_without_memory = 41;
constexpr int exit_without_reader = 42;
constexpr int niceness = 10;
constexpr milliseconds patience_after_kill{1000};

void limit_child(const StepLimits& limits, pid_t parent) {
  ::setpgid(0, 0);  // what a step starts is killed with it
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(exit_without_reader);

  ::setpriority(PRIO_PROCESS, 0, niceness);
  ::syscall(SYS_ioprio_set, 1, 0, (2 << 13) | 7);  // this process, best effort, lowest level
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit memory{limits.memory, limits.memory};
  ::setrlimit(RLIMIT_AS, &memory);
#else
  static_cast<void>(limits);  // their shadow memory is larger than any limit
#endif
}

void send(int pipe, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::write(pipe, bytes.data(), bytes.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) ::_exit(exit_without_reader);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// A result on its way: its length in 8 bytes, then its bytes.
[[noreturn]] void work_off(std::span<const Step> steps, int pipe) {
  try {
    for (const Step& step : steps) {
      const std::string output = step.work();
      std::uint64_t size = output.size();
      send(pipe, {reinterpret_cast<const char*>(&size), sizeof size});
      send(pipe, output);
    }
  } catch (const std::bad_alloc&) {
    ::_exit(exit_without_memory);
  }
  ::_exit(0);
}

class Child {
 public:
  Child(std::span<const Step> steps, const StepLimits& limits) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      problem_ = "no pipe: " + last_os_error();
      return;
    }
    reader_ = UniqueFd(ends[0]);
    const UniqueFd writer(ends[1]);

    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) problem_ = "no child process: " + last_os_error();
    if (pid_ != 0) return;
    limit_child(limits, parent);
    work_off(steps, writer.get());
  }

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ~Child() {
    reader_.reset();
    if (pid_ > 0) end(true);
  }

  // The result of the child's next step, or why there will be none; after that the child is of no more use.
  StepResult next(const StepLimits& limits) {
    if (pid_ <= 0) return {std::nullopt, problem_};
    const SteadyTime deadline = steady_now() + limits.time;

    std::uint64_t size = 0;
    if (!receive(reinterpret_cast<char*>(&size), sizeof size, deadline)) return {std::nullopt, failure(limits)};
    if (size > limits.output) return {std::nullopt, "found more than the limit of " + std::to_string(limits.output)};
    std::string output(static_cast<std::size_t>(size), '\0');
    if (!receive(output.data(), output.size(), deadline)) return {std::nullopt, failure(limits)};
    return {std::move(output), {}};
  }

 private:
  bool receive(char* bytes, std::size_t size, SteadyTime deadline) {
    while (size > 0) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - steady_now());
      if (left.count() <= 0) {
        late_ = true;
        return false;
      }

      pollfd waited{reader_.get(), POLLIN, 0};
      if (::poll(&waited, 1, static_cast<int>(std::min<long>(left.count(), 60'000))) <= 0) continue;
      const ssize_t got = ::read(reader_.get(), bytes, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      bytes += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }

  std::string failure(const StepLimits& limits) {
    const int status = end(late_);
    if (late_) return "took longer than " + std::to_string(limits.time.count()) + " ms";
    if (WIFSIGNALED(status)) {
      // NOLINTNEXTLINE(concurrency-mt-unsafe): the process has one thread here
      return "ended with signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == exit_without_memory) {
      return "needed more memory than " + std::to_string(limits.memory) + " bytes";
    }
    return "ended before its result was complete (status " + std::to_string(status) + ")";
  }

  // Its wait status. A process in an uninterruptible system call outlives even SIGKILL: it is waited for briefly.
  int end(bool kill) {
    const pid_t pid = std::exchange(pid_, -1);
    if (kill) {
      ::kill(-pid, SIGKILL);
      ::kill(pid, SIGKILL);
    }

    int status = 0;
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    pollfd ended{process.get(), POLLIN, 0};
    if (process && ::poll(&ended, 1, static_cast<int>(patience_after_kill.count())) == 0) return status;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return status;
  }

  pid_t pid_ = -1;
  UniqueFd reader_;
  bool late_ = false;
  std::string problem_;
};

}  // namespace

std::vector<StepResult> run_bounded(std::span<const Step> steps, const StepLimits& limits) {
  std::vector<StepResult> results;

  while (results.size() < steps.size()) {
    const auto rest = steps.subspan(results.size());
    Child child(rest, limits);
    for (std::size_t i = 0; i < rest.size(); ++i) {
      results.push_back(child.next(limits));
      if (!results.back().output) break;
    }
  }

  return results;
}

}  // namespace muster::platform
