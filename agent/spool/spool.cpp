#include "agent/spool/spool.h"

#include <utility>

#include "agent/spool/entry_name.h"
#include "platform/atomic_file.h"
#include "platform/file_io.h"
#include "platform/process.h"

namespace muster::spool {
namespace {

constexpr unsigned most_namesakes = 1000;
constexpr std::size_t most_open_types = 64;
constexpr seconds longest_pause{3};  // of a writer
const char* const rejected_folder = ".rejected";
const std::string temporary_prefix = ".muster-";
const std::string temporary_suffix = ".tmp";

// Below a hidden name until it is whole and on disk. One for each process: two may set aside at once.
Status write_into(const platform::Folder& folder, const std::string& name, std::string_view content) {
  const auto temporary = folder.path() / (temporary_prefix + std::to_string(platform::process_id()) + temporary_suffix);
  auto file = platform::AtomicFile::open(temporary, folder.path() / name, false);
  if (!file) return tl::unexpected(file.error());
  if (auto written = platform::write_at(file->file(), temporary, 0, content); !written) return written;
  return file->place(std::nullopt);
}

bool is_free(const platform::Folder& folder, const std::string& name) {
  return folder.examine(name).state == platform::Claim::State::gone;
}

void remove_from(const platform::Folder& folder, const std::string& name) {
  const auto found = folder.examine(name);
  if (found.state == platform::Claim::State::held) static_cast<void>(folder.remove(name, found.facts));
}

// What a run that was killed has left of a reason. None is written for longer than that.
void sweep(const platform::Folder& folder) {
  constexpr std::chrono::minutes longest{10};
  auto names = folder.list();
  while (const auto name = names ? names->next() : std::nullopt) {
    if (!name->text.starts_with(temporary_prefix) || !name->text.ends_with(temporary_suffix)) continue;
    const auto found = folder.examine(name->text);
    if (wall_now() - found.facts.modified > longest) remove_from(folder, name->text);
  }
}

Error not_set_aside(const Item& item, std::string_view reason, const Error& problem) {
  return {problem.kind,
          "cannot set aside " + item.path.string() + ", it stays (" + std::string(reason) +
              "): its reason cannot be written: " + problem.message,
          problem.remedy};
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(std::filesystem::path root, bool make) {
  std::unique_ptr<Spool> spool(new Spool(std::move(root)));
  if (make) {
    if (auto made = spool->make_root(); !made) return tl::unexpected(made.error());
  }
  if (!platform::absent(spool->root_)) {
    if (auto folder = spool->root_folder(); !folder) return tl::unexpected(folder.error());
  }
  return spool;
}

Status Spool::make_root() {
  std::error_code problem;
  std::filesystem::create_directories(root_, problem);
  if (problem) {
    return fail(ErrorKind::local_file, "cannot create the spool " + root_.string() + ": " + problem.message(),
                "check DataDirectory and its permissions");
  }
  return {};
}

Result<platform::Folder*> Spool::root_folder() {
  if (!folder_) {
    auto folder = platform::Folder::open(root_);
    if (!folder) return tl::unexpected(folder.error());
    folder_ = std::move(*folder);
  }
  return &*folder_;
}

Result<Spool::OpenType*> Spool::type_folder(const std::string& type) {
  if (const auto known = types_.find(type); known != types_.end()) return &known->second;
  auto root = root_folder();
  if (!root) return tl::unexpected(root.error());
  auto folder = (*root)->open_folder(type, false);
  if (!folder) return tl::unexpected(folder.error());
  if (types_.size() >= most_open_types) {
    if (auto synced = sync(); !synced) return tl::unexpected(synced.error());
    types_.clear();
  }
  return &types_.emplace(type, OpenType{std::move(*folder)}).first->second;
}

Status Spool::make_type(const std::string& type) {
  if (auto made = make_root(); !made) return made;
  let_go();
  auto root = root_folder();
  if (!root) return tl::unexpected(root.error());
  auto made = (*root)->open_folder(type, true);
  if (!made) return tl::unexpected(made.error());
  return {};
}

// Folders that are held open may have been removed and made again meanwhile.
void Spool::let_go() {
  if (unsynced_ > 0 && !sync()) return;
  types_.clear();
  folder_.reset();
}

Scan Spool::scan() {
  let_go();
  return Scan(*this);
}

std::vector<std::string> Spool::types() {
  let_go();
  std::vector<std::string> types;
  auto root = root_folder();
  auto listing = root ? (*root)->list() : tl::unexpected(root.error());
  if (!listing) return types;
  while (auto name = listing->next()) {
    if (name->maybe_folder && is_type(name->text) && (*root)->open_folder(name->text, false)) {
      types.push_back(std::move(name->text));
    }
  }
  return types;
}

Claimed Spool::claim(const Entry& entry, Writer writer) {
  Claimed claimed;
  auto type = type_folder(entry.type);
  if (!type) {
    claimed.state = platform::Claim::State::unreadable;
    claimed.problem = type.error();
    return claimed;
  }
  platform::Claim claim = (*type)->folder.claim(entry.name);
  const bool may_be_written = !claim.written && writer == Writer::unknown;
  if (may_be_written && wall_now() - claim.facts.modified < longest_pause) claim.state = platform::Claim::State::busy;
  claimed.state = claim.state;
  claimed.problem = std::move(claim.problem);
  if (claim.state == platform::Claim::State::held) {
    claimed.item = Item{entry, (*type)->folder.path() / entry.name,
                        std::make_shared<const platform::UniqueFd>(std::move(claim.file)), claim.facts};
  }
  return claimed;
}

platform::Claim Spool::examine(const Entry& entry) {
  auto type = type_folder(entry.type);
  if (type) return (*type)->folder.examine(entry.name);
  platform::Claim none;
  none.state = platform::Claim::State::unreadable;
  none.problem = type.error();
  return none;
}

Result<std::unique_ptr<Spool>> Spool::rejected() const { return open(root_ / rejected_folder, false); }

std::uint64_t Spool::count_set_aside() {
  std::uint64_t count = 0;
  auto root = root_folder();
  auto rejected = root ? (*root)->open_folder(rejected_folder, false) : tl::unexpected(root.error());
  auto types = rejected ? rejected->list() : tl::unexpected(rejected.error());
  if (!types) return 0;
  while (const auto type = types->next()) {
    auto folder = rejected->open_folder(type->text, false);
    auto names = folder ? folder->list() : tl::unexpected(folder.error());
    if (!names) continue;
    while (const auto name = names->next()) {
      if (!is_unfinished(name->text) && !is_reason(name->text)) ++count;
    }
  }
  return count;
}

Status Spool::remove(const Item& item) {
  auto type = type_folder(item.entry.type);
  if (!type) return tl::unexpected(type.error());
  if (platform::Folder::is_being_written(*item.file).value_or(false)) {
    return fail(ErrorKind::local_file, "not removing " + item.path.string() + ": somebody has it open for writing",
                "nothing: it is looked at again");
  }
  if (auto removed = (*type)->folder.remove(item.entry.name, item.facts); !removed) return removed;
  (*type)->unsynced = true;
  ++unsynced_;
  return {};
}

Status Spool::set_aside(const Item& item, std::string_view reason) {
  auto type = type_folder(item.entry.type);
  if (!type) return tl::unexpected(type.error());
  auto rejected = (*root_folder())->open_folder(rejected_folder, true);
  if (!rejected) return tl::unexpected(rejected.error());
  auto target = rejected->open_folder(item.entry.type, true);
  if (!target) return tl::unexpected(target.error());
  if (swept_.insert(item.entry.type).second) sweep(*target);
  // What looks like a reason gets another name: it would be taken for one, and replaced by one.
  for (unsigned attempt = is_reason(item.entry.name) ? 1 : 0; attempt < most_namesakes; ++attempt) {
    const std::string name = set_aside_name(item.entry.name, attempt);
    const std::string reason_file = reason_name(name);
    const bool shortened = !reason_file.starts_with(name);  // it may be another file's
    if (!is_free(*target, name) || (shortened && !is_free(*target, reason_file))) continue;
    // The reason first: a crash in between leaves one too many, and never a file without.
    if (auto written = write_into(*target, reason_file, std::string(reason) + "\n"); !written) {
      return tl::unexpected(not_set_aside(item, reason, written.error()));
    }
    auto moved = (*type)->folder.move(item.entry.name, item.facts, *target, name);
    if (!moved) remove_from(*target, reason_file);
    if (!moved) return tl::unexpected(moved.error());
    if (!*moved) continue;
    if (auto synced = target->sync(); !synced) return synced;
    return (*type)->folder.sync();
  }
  return fail(ErrorKind::local_file,
              "cannot set aside " + item.path.string() + ": too many files of that name are there",
              "clear " + target->path().string());
}

Status Spool::sync() {
  for (auto& [name, type] : types_) {
    if (!type.unsynced) continue;
    if (auto synced = type.folder.sync(); !synced) return synced;
    type.unsynced = false;
  }
  unsynced_ = 0;
  return {};
}

}  // namespace muster::spool
