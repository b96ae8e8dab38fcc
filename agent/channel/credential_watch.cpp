#include "agent/channel/credential_watch.h"

#include <utility>

namespace muster::channel {
namespace {

constexpr std::size_t most_files = 10'000;

}  // namespace

CredentialWatch::CredentialWatch(std::vector<std::filesystem::path> files, std::vector<Folder> folders)
    : files_(std::move(files)), folders_(std::move(folders)) {
  std::erase_if(files_, [](const auto& path) { return path.empty(); });
  std::erase_if(folders_, [](const Folder& folder) { return folder.path.empty(); });
}

CredentialWatch::Snapshot CredentialWatch::look() const {
  Snapshot snapshot;
  for (const auto& file : files_) snapshot.emplace(file, platform::facts_at(file));
  for (const Folder& folder : folders_) {
    // What cannot be listed counts as empty here; whoever loads it has the error.
    const auto listed = platform::regular_files(folder.path, most_files);
    if (!listed) continue;
    for (const auto& file : listed->files) {
      if (folder.counts(file.filename().string())) snapshot.emplace(file, platform::facts_at(file));
    }
  }
  return snapshot;
}

bool CredentialWatch::changed() {
  Snapshot now = look();
  if (last_ && now == *last_) return false;
  last_ = std::move(now);
  return true;
}

}  // namespace muster::channel
