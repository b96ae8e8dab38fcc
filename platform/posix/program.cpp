#include "platform/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "platform/file.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

// The signals that this process ignores are a matter of its own.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);

    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

std::string found_program(const std::string& name) {
  for (const char* const folder : {"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"}) {
    if (std::string path = folder + name; ::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

Result<pid_t> start(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  char locale[] = "LC_ALL=C";
  char path[] = "PATH=/usr/bin:/bin:/usr/sbin:/sbin";
  char* const environment[] = {locale, path, nullptr};

  const std::string program = found_program(arguments.front());
  if (program.empty()) return fail(ErrorKind::failure, "there is no program " + arguments.front(), "install it");
  const SpawnSettings settings(output);
  pid_t pid = -1;
  const int number =
      ::posix_spawn(&pid, program.c_str(), &settings.actions, &settings.attributes, words.data(), environment);
  if (number != 0) return fail(ErrorKind::failure, "cannot run " + program + ": " + os_error(number));
  return pid;
}

}  // namespace

Status run_program(const std::vector<std::string>& arguments, const std::function<void(std::string_view)>& use) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorKind::failure, "no pipe: " + last_os_error());
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const auto pid = start(arguments, writer.get());
  writer.reset();
  if (!pid) return tl::unexpected(pid.error());

  std::string block(32 << 10, '\0');
  for (;;) {
    const ssize_t got = ::read(reader.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    use(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
  }

  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string how = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                            : "signal " + std::to_string(WTERMSIG(status));
  return fail(ErrorKind::failure, arguments.front() + " ended with " + how, "run it by hand to see why");
}

}  // namespace muster::platform
