#include "platform/posix/spawn_settings.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "platform/file.h"

namespace muster::platform {

Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorKind::failure, "no pipe: " + last_os_error());
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

SpawnSettings::SpawnSettings(const Streams& streams, bool own_group) {
  ::posix_spawn_file_actions_init(&actions);
  connect(STDIN_FILENO, streams.input, O_RDONLY);
  connect(STDOUT_FILENO, streams.output, O_WRONLY);
  connect(STDERR_FILENO, streams.messages, O_WRONLY);

  sigset_t all;
  sigset_t none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);

  // In a group of its own, numbered as its first process: 0, as the attributes are made.
  const int group = own_group ? POSIX_SPAWN_SETPGROUP : 0;
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group));
}

SpawnSettings::~SpawnSettings() {
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
}

void SpawnSettings::connect(int stream, int to, int flags) {
  if (to == nothing) {
    ::posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", flags, 0);
  } else {
    ::posix_spawn_file_actions_adddup2(&actions, to, stream);
  }
}

std::string end_in_words(int status) {
  return WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                           : "signal " + std::to_string(WTERMSIG(status));
}

}  // namespace muster::platform
