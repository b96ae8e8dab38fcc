#include "agent/policy/update/package_digest.h"

#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/file_io.h"
#include "ssl/digest.h"

namespace muster::update {

Result<PackageDigest> digest_of(const platform::UniqueFd& file, const std::filesystem::path& path) {
  constexpr std::size_t block_size = std::size_t{64} * 1024;
  std::string block(block_size, '\0');
  ssl::Sha256 digest;
  std::uint64_t length = 0;

  for (;;) {
    const auto got = platform::read_at(file, path, length, block.data(), block.size());
    if (!got) return fail(got.error());
    if (*got == 0) return PackageDigest{length, text::hex(digest.finish())};
    digest.update(std::string_view(block).substr(0, *got));
    length += *got;
  }
}

Result<PackageDigest> digest_at(const std::filesystem::path& path) {
  const auto file = platform::open_regular(path);
  if (!file) return fail(file.error());
  return digest_of(*file, path);
}

}  // namespace muster::update
