// Preloaded into a program: writes the name of each environment variable that it or a library of its asks for to the
// file that MUSTER_ENVIRONMENT_LOG names, one a line.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace {

// Without getenv(), which is what is watched.
const char* value_of(const char* name) {
  const std::size_t length = std::strlen(name);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
  }
  return nullptr;
}

void note(const char* name) {
  const char* const log = value_of("MUSTER_ENVIRONMENT_LOG");
  if (log == nullptr) return;
  const int file = ::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  std::string line(name);
  line += '\n';
  static_cast<void>(!::write(file, line.data(), line.size()));
  ::close(file);
}

}  // namespace

extern "C" char* getenv(const char* name) {
  note(name);
  return const_cast<char*>(value_of(name));
}

extern "C" char* secure_getenv(const char* name) {
  note(name);
  return const_cast<char*>(value_of(name));
}
