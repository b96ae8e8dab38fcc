#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/posix/ownership.h"
#include "platform/posix/path_walk.h"
#include "platform/posix/service_group.h"
#include "platform/posix/temporary_name.h"
#include "platform/private_file.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> cannot(const char* what, const fs::path& path) {
  return fail(system_error(std::string("cannot ") + what + " " + path.string(), errno,
                           "run as root, or choose a place that you may write to"));
}

}  // namespace

Ownership new_file_ownership() {
  Ownership ownership{::geteuid(), ::getegid(), 0600};
  if (ownership.user != 0) return ownership;
  if (const auto service = service_group_id()) {
    ownership.group = *service;
    ownership.mode = 0640;
  }
  return ownership;
}

Result<AtomicFile> prepare_private(const fs::path& path, std::string_view content) {
  const Ownership ownership = new_file_ownership();
  const mode_t folder_mode = ownership.mode == 0640 ? 0750 : 0700;
  const auto place = walk(path, {.make_missing = Ownership{ownership.user, ownership.group, folder_mode}});
  if (!place) return fail(place.error().as_error("write", path));
  const fs::path target = place->path;
  std::error_code problem;
  if (fs::is_directory(target, problem)) {
    return fail(ErrorKind::local_file, "cannot write " + path.string() + ": it is a folder", "name a file");
  }

  remove_abandoned(target);
  const fs::path temporary = temporary_beside(target);
  ::unlink(temporary.c_str());  // of an earlier process with our number: a reader that has it open could read on
  auto file = AtomicFile::open(temporary, target, false, 0600);
  if (!file) return file;
  if (auto given = give(file->file(), temporary, ownership); !given) return tl::unexpected(given.error());
  if (auto written = write_at(file->file(), temporary, 0, content); !written) return tl::unexpected(written.error());
  if (::fsync(file->file().get()) != 0) return cannot("write", temporary);
  return file;
}

Status write_private(const fs::path& target, std::string_view content) {
  auto file = prepare_private(target, content);
  if (!file) return tl::unexpected(file.error());
  return file->place(std::nullopt);
}

}  // namespace muster::platform
