// Length and digest of a package.
#pragma once

#include <filesystem>
#include <string>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::update {

struct PackageDigest {
  std::uint64_t length = 0;
  std::string sha256;  // in hex
};

// Of an open file, whatever its name leads to. A package has a few megabytes: it takes some milliseconds.
Result<PackageDigest> digest_of(const platform::UniqueFd& file, const std::filesystem::path& path);

// Opened by its name.
Result<PackageDigest> digest_at(const std::filesystem::path& path);

}  // namespace muster::update
