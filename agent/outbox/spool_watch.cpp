#include "agent/outbox/spool_watch.h"

#include <utility>

#include "agent/spool/entry_name.h"
#include "platform/file_writers.h"
#include "platform/log.h"

namespace muster::outbox {
namespace {

const char* const usual_type = "Inventories";

}  // namespace

// Where the system reports who has a file open, each single write is of no interest.
Result<SpoolWatch> SpoolWatch::make() {
  auto folders = platform::FolderWatch::make(!platform::sees_writers_of_all_users());
  if (!folders) return tl::unexpected(folders.error());
  return SpoolWatch(std::move(*folders));
}

Status SpoolWatch::watch(spool::Spool& spool) {
  if (auto made = spool.make_type(usual_type); !made) return made;

  std::string problem;
  const auto add = [&](const std::filesystem::path& folder) {
    const auto added = folders_.add(folder);
    if (!added && problem.empty()) problem = added.error().line();
  };
  add(spool.root());
  for (const std::string& type : spool.types()) add(spool.root() / type);

  if (!problem.empty() && problem != problem_) {
    log::warning(problem + "; new files are found when the spool is scanned, every minute");
  }
  problem_ = std::move(problem);
  spool.let_go();
  return {};
}

std::vector<SpoolWatch::Change> SpoolWatch::changes(const spool::Spool& spool) {
  using Seen = platform::FolderWatch::Change::Kind;
  std::vector<Change> changes;
  bool rescan = false;

  for (auto& change : folders_.changes()) {
    const bool in_root = change.folder == spool.root();
    if (change.kind == Seen::lost) rescan = true;
    if (change.kind == Seen::folder && in_root && spool::is_type(change.name)) rescan = true;
    if (change.kind == Seen::lost || change.kind == Seen::folder) continue;
    if (in_root || spool::is_unfinished(change.name)) continue;

    const Change::Kind kind = change.kind == Seen::file      ? Change::Kind::closed
                              : change.kind == Seen::written ? Change::Kind::written
                                                             : Change::Kind::named;
    changes.push_back({kind, {change.folder.filename().string(), std::move(change.name)}});
  }
  if (rescan) changes.push_back({Change::Kind::rescan, {}});
  return changes;
}

}  // namespace muster::outbox
