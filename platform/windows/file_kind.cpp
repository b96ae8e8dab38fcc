#include "platform/file_kind.h"

#include "platform/windows/access.h"
#include "platform/windows/native.h"

namespace muster::platform {

bool is_folder(const std::filesystem::path& path) {
  const UniqueFd file = open_file(path, {.access = FILE_READ_ATTRIBUTES});
  OpenFacts found;
  return file && examine(file, found) && found.is_folder();
}

bool readable_by_others(const std::filesystem::path& path) {
  const UniqueFd file = open_file(path, {.access = READ_CONTROL});
  return file && foreign_access(file, FILE_READ_DATA).has_value();
}

}  // namespace muster::platform
