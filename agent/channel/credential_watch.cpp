#include "agent/channel/credential_watch.h"

#include <utility>

#include "platform/log.h"

namespace muster::channel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_files = 10'000;
constexpr unsigned max_links = 16;       // on the way to one file
constexpr unsigned watched_parents = 4;  // whose modes decide whether a key is private

// The folders whose entries decide what `path` leads to: those of each link on the way, the last ones before the file,
// and where the way ends early, the last that is there.
void add_folders(fs::path path, std::set<fs::path>& folders, unsigned links_left = max_links) {
  std::error_code problem;
  path = fs::absolute(path, problem).lexically_normal();

  const fs::path relative = path.relative_path();
  fs::path current = path.root_path();

  for (auto part = relative.begin(); part != relative.end(); ++part) {
    const fs::path next = current / *part;
    const fs::file_status status = fs::symlink_status(next, problem);
    if (fs::is_symlink(status) && links_left > 0) {
      folders.insert(current);
      fs::path target = current / fs::read_symlink(next, problem);
      for (++part; part != relative.end(); ++part) target /= *part;
      return add_folders(target, folders, links_left - 1);
    }

    if (!fs::is_directory(status)) break;
    current = next;
  }

  for (unsigned parent = 0; parent < watched_parents && current != current.root_path(); ++parent) {
    folders.insert(current);
    current = current.parent_path();
  }
}

}  // namespace

CredentialWatch::CredentialWatch(std::vector<fs::path> files, std::vector<Folder> folders)
    : files_(std::move(files)), folders_(std::move(folders)) {
  std::erase_if(files_, [](const auto& path) { return path.empty(); });
  std::erase_if(folders_, [](const Folder& folder) { return folder.path.empty(); });
}

CredentialWatch CredentialWatch::of_store() {
  CredentialWatch watch({}, {});
  watch.store_.emplace();
  return watch;
}

CredentialWatch::Snapshot CredentialWatch::take_snapshot() const {
  Snapshot snapshot;
  for (const auto& file : files_) snapshot.emplace(file, platform::facts_at(file));

  for (const Folder& folder : folders_) {
    // What cannot be listed counts as empty here; whatever loads it reports the error.
    const auto listed = platform::regular_files(folder.path, max_files);
    if (!listed) continue;
    for (const auto& file : listed->files) {
      if (folder.counts(file.filename().string())) snapshot.emplace(file, platform::facts_at(file));
    }
  }
  return snapshot;
}

bool CredentialWatch::changed() {
  const bool reported = std::exchange(reported_, false);
  Snapshot now = take_snapshot();
  if (last_ && now == *last_) return reported;
  last_ = std::move(now);
  return true;
}

std::set<fs::path> CredentialWatch::folders_on_the_way() const {
  std::set<fs::path> folders;
  for (const fs::path& file : files_) add_folders(file, folders);
  for (const Folder& folder : folders_) add_folders(folder.path, folders);
  return folders;
}

// Until nothing has come into being meanwhile.
void CredentialWatch::watch_folders() {
  constexpr unsigned max_rounds = 8;
  std::set<fs::path> folders;

  for (unsigned round = 0; round < max_rounds; ++round) {
    std::set<fs::path> now = folders_on_the_way();
    if (now == folders) return;
    folders = std::move(now);

    auto watched = reports_->watch(folders);
    const std::string problem = watched ? "" : watched.error().line();
    if (!problem.empty() && problem != problem_) log::warning(problem);
    problem_ = problem;
  }
}

void CredentialWatch::start_reports() {
  if (store_) return store_->start();
  if (reports_) return;
  auto made = platform::ChangeWatch::make();
  if (!made) return log::warning(made.error().line());
  reports_.emplace(std::move(*made));
  watch_folders();
}

const platform::UniqueFd& CredentialWatch::handle() const {
  static const platform::UniqueFd none;
  if (store_) return store_->handle();
  return reports_ ? reports_->handle() : none;
}

bool CredentialWatch::take_reports() {
  const bool changed = store_ ? store_->take_changes() : reports_ && reports_->take_changes();
  if (!changed) return false;
  reported_ = true;
  if (reports_) watch_folders();
  return true;
}

}  // namespace muster::channel
