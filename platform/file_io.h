// Working on a file that is open, and on its name only while that still leads to it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "platform/file.h"

namespace muster::platform {

// Bytes at a position of an open file, without moving its offset; 0 at the end.
Result<std::size_t> read_at(const UniqueFd& file, const std::filesystem::path& path, std::uint64_t position,
                            char* buffer, std::size_t size);

// Writes all of it at a position.
Status write_at(const UniqueFd& file, const std::filesystem::path& path, std::uint64_t position,
                std::string_view bytes);

// Takes its whole content away.
Status empty_file(const UniqueFd& file, const std::filesystem::path& path);

// Whether remove_if_same() can be expected to work: the name is no link, and its folder can be written to.
Status may_remove(const std::filesystem::path& path);

// Removes the name if it still leads to the file with these facts (device, inode, size, times) and makes the
// removal last (fsync of the folder). A name that leads elsewhere by now is an error and stays.
Status remove_if_same(const std::filesystem::path& path, const FileFacts& facts);

}  // namespace muster::platform
