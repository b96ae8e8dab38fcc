#include "platform/program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "platform/file.h"
#include "platform/posix/spawn_settings.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

std::string found_program(const std::string& name) {
  for (const char* const folder : {"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"}) {
    if (std::string path = folder + name; ::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

Result<pid_t> start(const std::vector<std::string>& arguments, int output, ErrorOutput error_output) {
  char locale[] = "LC_ALL=C";
  char path[] = "PATH=/usr/bin:/bin:/usr/sbin:/sbin";
  char* const environment[] = {locale, path, nullptr};

  const std::string program = found_program(arguments.front());
  if (program.empty()) return fail(ErrorKind::failure, "there is no program " + arguments.front(), "install it");
  const int messages = error_output == ErrorOutput::with_output ? output : SpawnSettings::nothing;
  const SpawnSettings settings({.output = output, .messages = messages});
  pid_t pid = -1;
  const int number = ::posix_spawn(&pid, program.c_str(), &settings.actions, &settings.attributes,
                                   pointers_to(arguments).data(), environment);
  if (number != 0) return fail(ErrorKind::failure, "cannot run " + program + ": " + os_error(number));
  return pid;
}

}  // namespace

Status run_program(const std::vector<std::string>& arguments, const std::function<void(std::string_view)>& use,
                   ErrorOutput error_output) {
  auto pipe = make_pipe();
  if (!pipe) return tl::unexpected(pipe.error());
  const auto pid = start(arguments, pipe->writer.get(), error_output);
  pipe->writer.reset();
  if (!pid) return tl::unexpected(pid.error());

  std::string block(32 << 10, '\0');
  for (;;) {
    const ssize_t got = ::read(pipe->reader.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    use(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
  }

  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::failure, arguments.front() + " ended with " + end_in_words(status),
              "run it by hand to see why");
}

}  // namespace muster::platform
