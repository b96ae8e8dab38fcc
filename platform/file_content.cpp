#include <algorithm>

#include "platform/file.h"
#include "platform/file_io.h"

namespace muster::platform {

Result<std::string> read_all(const UniqueFd& file, const std::filesystem::path& path, std::uint64_t limit) {
  constexpr std::size_t smallest_growth = 4096;  // files without a known size, as in /proc
  auto facts = facts_of(file, path);
  if (!facts) return tl::unexpected(facts.error());

  // One buffer of the right size from the start: a key that is read here leaves no copies in freed memory.
  std::string content(static_cast<std::size_t>(std::min(facts->size, limit)) + 1, '\0');
  for (std::size_t used = 0;;) {
    auto got = read_at(file, path, used, content.data() + used, content.size() - used);
    if (!got) return tl::unexpected(got.error());
    used += *got;

    if (used > limit) {
      return fail(ErrorKind::local_file,
                  "cannot read " + path.string() + ": it is larger than " + std::to_string(limit) + " bytes",
                  "check that it is the right file");
    }

    if (*got == 0) {
      content.resize(used);
      return content;
    }
    if (used == content.size()) content.resize(std::max<std::size_t>(2 * used, smallest_growth));
  }
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  auto file = open_regular(path);
  if (!file) return tl::unexpected(file.error());
  return read_all(*file, path, limit);
}

}  // namespace muster::platform
