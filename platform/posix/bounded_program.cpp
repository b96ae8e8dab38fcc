#include "platform/bounded_program.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "platform/file.h"
#include "platform/posix/spawn_settings.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

constexpr std::size_t max_messages = std::size_t{16} * 1024;

// While it lives, the end of a child is waited for with sigtimedwait().
class ChildSignal {
 public:
  ChildSignal() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &set_, &former_);
  }
  ChildSignal(const ChildSignal&) = delete;
  ChildSignal& operator=(const ChildSignal&) = delete;
  ~ChildSignal() { ::pthread_sigmask(SIG_SETMASK, &former_, nullptr); }

  // False: the time is over.
  bool wait(milliseconds left) const {
    const auto whole = std::chrono::floor<seconds>(left);
    const timespec time{whole.count(), static_cast<long>((left - whole).count()) * 1'000'000};
    return ::sigtimedwait(&set_, nullptr, &time) >= 0 || errno == EINTR;
  }

 private:
  sigset_t set_{};
  sigset_t former_{};
};

// This process's environment with the additions, which win.
std::vector<std::string> environment_of(const BoundedProgram& program) {
  std::vector<std::string> all;
  for (const auto& [name, value] : program.environment) all.push_back(fmt::format("{}={}", name, value));
  const auto is_added = [&](std::string_view entry) {
    return std::any_of(program.environment.begin(), program.environment.end(),
                       [&](const auto& added) { return entry.substr(0, entry.find('=')) == added.first; });
  };

  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (!is_added(*entry)) all.emplace_back(*entry);
  }
  return all;
}

class Child {
 public:
  explicit Child(const BoundedProgram& program)
      : program_(program), deadline_(steady_now() + program.time_limit), name_(program.arguments.front()) {}

  Status start() {
    auto input = make_pipe();
    auto output = make_pipe();
    auto messages = make_pipe();
    for (const auto* made : {&input, &output, &messages}) {
      if (!*made) return tl::unexpected(made->error());
    }

    const SpawnSettings settings({input->reader.get(), output->writer.get(), messages->writer.get()}, true);
    const std::vector<std::string> environment = environment_of(program_);
    const int number = ::posix_spawn(&pid_, name_.c_str(), &settings.actions, &settings.attributes,
                                     pointers_to(program_.arguments).data(), pointers_to(environment).data());
    if (number != 0) return fail(ErrorKind::failure, fmt::format("cannot run {}: {}", name_, os_error(number)));

    input_ = std::move(input->writer);
    output_ = std::move(output->reader);
    messages_ = std::move(messages->reader);
    ::fcntl(input_.get(), F_SETFL, O_NONBLOCK);
    return {};
  }

  ProgramRun finish() {
    Status ended = converse();
    if (ended) ended = wait_for_end();
    if (!ended) kill();
    return {std::move(run_.output), std::move(run_.messages), std::move(ended)};
  }

 private:
  milliseconds left() const {
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(deadline_ - steady_now()));
  }

  Status too_late() const {
    const double limit = static_cast<double>(program_.time_limit.count()) / 1000;
    return fail(ErrorKind::failure, fmt::format("{} did not end within {} s and was killed", name_, limit));
  }

  // Until it has closed both of its outputs.
  Status converse() {
    while (output_ || messages_) {
      std::array<pollfd, 3> streams{pollfd{input_.get(), POLLOUT, 0}, pollfd{output_.get(), POLLIN, 0},
                                    pollfd{messages_.get(), POLLIN, 0}};
      const int ready = ::poll(streams.data(), streams.size(), static_cast<int>(left().count()));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return too_late();

      if (streams[0].revents != 0) write_input();
      if (streams[1].revents != 0 && !read_into(run_.output, output_, program_.max_output)) {
        return fail(ErrorKind::failure, fmt::format("{} printed more than {} bytes", name_, program_.max_output));
      }
      if (streams[2].revents != 0) read_into(run_.messages, messages_, max_messages);
    }
    return {};
  }

  void write_input() {
    const std::string_view rest = std::string_view(program_.input).substr(written_);
    const ssize_t size = rest.empty() ? 0 : ::write(input_.get(), rest.data(), rest.size());
    if (size < 0 && errno == EAGAIN) return;
    if (size > 0) written_ += static_cast<std::size_t>(size);
    if (size <= 0 || written_ == program_.input.size()) input_.reset();
  }

  // False: it is more than the limit, and the rest was thrown away.
  static bool read_into(std::string& text, UniqueFd& stream, std::size_t limit) {
    std::array<char, 16384> block{};
    const ssize_t size = ::read(stream.get(), block.data(), block.size());
    if (size <= 0) {
      if (size == 0 || errno != EINTR) stream.reset();
      return true;
    }
    const auto got = static_cast<std::size_t>(size);
    const std::size_t room = limit - text.size();
    text.append(block.data(), std::min(got, room));
    return got <= room;
  }

  Status wait_for_end() {
    int status = 0;
    for (;;) {
      const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) break;
      if (ended < 0 && errno != EINTR) {
        return fail(ErrorKind::failure, fmt::format("{} cannot be waited for: {}", name_, last_os_error()));
      }
      if (!signal_.wait(left())) return too_late();
    }

    pid_ = -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail(ErrorKind::failure, fmt::format("{} ended with {}", name_, end_in_words(status)));
  }

  void kill() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
  }

  const BoundedProgram& program_;
  SteadyTime deadline_;
  const std::string& name_;
  ChildSignal signal_;
  pid_t pid_ = -1;

  UniqueFd input_;
  UniqueFd output_;
  UniqueFd messages_;
  std::size_t written_ = 0;  // of the input
  ProgramRun run_;
};

}  // namespace

Result<ProgramRun> run_bounded(const BoundedProgram& program) {
  Child child(program);
  if (auto started = child.start(); !started) return tl::unexpected(started.error());
  return child.finish();
}

}  // namespace muster::platform
