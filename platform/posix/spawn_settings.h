// How a child process is started: its streams, and no signal of ours ignored or blocked. Private to this folder.
#pragma once

#include <spawn.h>

#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Closed in a child that is started.
struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};
Result<Pipe> make_pipe();

// As exec() takes them, with a null at the end; they point into `words`.
std::vector<char*> pointers_to(const std::vector<std::string>& words);

class SpawnSettings {
 public:
  static constexpr int nothing = -1;  // /dev/null
  struct Streams {
    int input = nothing;
    int output = nothing;
    int messages = nothing;  // standard error
  };

  // `own_group`: a process group of its own, so that it can be killed with its children.
  explicit SpawnSettings(const Streams& streams, bool own_group = false);
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings();

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

 private:
  void connect(int stream, int to, int flags);
};

// "exit code 3" or "signal 9", of what waitpid() gave.
std::string end_in_words(int status);

}  // namespace muster::platform
