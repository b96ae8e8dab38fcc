#include "platform/file_io.h"

#include <algorithm>

#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr std::size_t max_block = std::size_t{1} << 30;

}  // namespace

Result<std::size_t> read_at(const UniqueFd& file, const std::filesystem::path& path, std::uint64_t position,
                            char* buffer, std::size_t size) {
  OVERLAPPED place = at_position(position);
  DWORD got = 0;
  const auto wanted = static_cast<DWORD>(std::min(size, max_block));
  if (::ReadFile(handle_of(file), buffer, wanted, &got, &place)) return got;
  if (::GetLastError() == ERROR_HANDLE_EOF) return 0;
  return fail(cannot("read", path));
}

Status write_at(const UniqueFd& file, const std::filesystem::path& path, std::uint64_t position,
                std::string_view bytes) {
  while (!bytes.empty()) {
    OVERLAPPED place = at_position(position);
    DWORD put = 0;
    const auto wanted = static_cast<DWORD>(std::min(bytes.size(), max_block));
    if (!::WriteFile(handle_of(file), bytes.data(), wanted, &put, &place)) return fail(cannot("write", path));
    position += put;
    bytes.remove_prefix(put);
  }
  return {};
}

Status empty_file(const UniqueFd& file, const std::filesystem::path& path) {
  FILE_END_OF_FILE_INFO end{};
  if (::SetFileInformationByHandle(handle_of(file), FileEndOfFileInfo, &end, sizeof end)) return {};
  return fail(cannot("empty", path));
}

Status may_remove(const std::filesystem::path& path) {
  const UniqueFd file = open_file(path, {.access = FILE_READ_ATTRIBUTES, .flags = FILE_FLAG_OPEN_REPARSE_POINT});
  OpenFacts found;
  if (!file || !examine(file, found)) return fail(cannot("open", path));
  if (found.is_link()) {
    return fail(ErrorKind::local_file, "cannot remove " + path.string() + " once it is uploaded: it is a link",
                "name the file itself, or leave --remove out");
  }

  if (open_file(path, {.access = DELETE, .flags = FILE_FLAG_OPEN_REPARSE_POINT})) return {};
  const Error problem = cannot("remove", path);
  return fail(ErrorKind::local_file, "cannot remove " + path.string() + " once it is uploaded: " + problem.message,
              "run as a user who may, or leave --remove out");
}

Status remove_if_same(const std::filesystem::path& path, const FileFacts& facts) {
  const UniqueFd file =
      open_file(path, {.access = DELETE | FILE_READ_ATTRIBUTES, .flags = FILE_FLAG_OPEN_REPARSE_POINT});
  if (!file) return fail(cannot("remove", path));
  const auto now = facts_of(file, path);
  if (!now) return tl::unexpected(now.error());

  if (*now != facts) {
    return fail(ErrorKind::local_file, "not removing " + path.string() + ": it was replaced while it was sent",
                "upload it again");
  }

  if (!remove_open(file)) return fail(cannot("remove", path));
  return {};
}

}  // namespace muster::platform
