#include "agent/spool/spool.h"

#include <utility>

#include "agent/spool/entry_name.h"
#include "platform/process.h"
#include "platform/service_folder.h"

namespace muster::spool {
namespace {

constexpr unsigned most_namesakes = 1000;
constexpr unsigned own_file_mode = 0640;  // the service uploads what root has put there
constexpr unsigned reason_mode = 0644;
constexpr std::size_t most_open_types = 64;
const char* const rejected_folder = ".rejected";
const std::string temporary_prefix = ".muster-";
const std::string temporary_suffix = ".tmp";

// Two processes may set files aside at once.
std::string temporary_name() { return temporary_prefix + std::to_string(platform::process_id()) + temporary_suffix; }

bool is_free(const platform::Folder& folder, const std::string& name) {
  return folder.examine(name).state == platform::OpenEntry::State::gone;
}

void remove_from(const platform::Folder& folder, const std::string& name) {
  const auto found = folder.examine(name);
  if (found.state == platform::OpenEntry::State::open) static_cast<void>(folder.remove(name, found.facts));
}

// What a run that was killed has left of a file. None is written for longer than that.
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
          "cannot set aside " + item.path.string() + ", it stays (" + std::string(reason) + "): " + problem.message,
          problem.remedy};
}

// Of a folder that nothing can be removed from.
Error unremovable(const std::filesystem::path& folder, const Error& problem) {
  return {ErrorKind::local_file,
          "not uploading from " + folder.string() + ": what is delivered could not be removed: " + problem.message,
          problem.remedy};
}

Claimed::State state_of(platform::OpenEntry::State state) {
  switch (state) {
    case platform::OpenEntry::State::open: return Claimed::State::held;
    case platform::OpenEntry::State::gone: return Claimed::State::gone;
    case platform::OpenEntry::State::unfit: return Claimed::State::unfit;
    case platform::OpenEntry::State::unreadable: break;
  }
  return Claimed::State::unreadable;
}

Claimed unreadable(Error problem) {
  Claimed claimed;
  claimed.state = Claimed::State::unreadable;
  claimed.problem = std::move(problem);
  return claimed;
}

}  // namespace

Error not_removed_because_changed(const std::filesystem::path& file) {
  return {ErrorKind::local_file, "not removing " + file.string() + ": it changed while it was uploaded",
          "no action needed; it will be uploaded again"};
}

Result<std::unique_ptr<Spool>> Spool::open(std::filesystem::path root, bool make, std::shared_ptr<Claims> claims) {
  std::unique_ptr<Spool> spool(new Spool(std::move(root), std::move(claims)));
  if (make) {
    if (auto made = spool->make_root(); !made) return tl::unexpected(made.error());
  }
  if (!platform::absent(spool->root_)) {
    if (auto folder = spool->root_folder(); !folder) return tl::unexpected(folder.error());
  }
  return spool;
}

Status Spool::make_root() { return platform::make_service_folder(root_); }

bool Spool::may_settle() {
  if (claims_) return true;
  auto root = root_folder();
  return root && (*root)->may_remove();
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

  std::optional<Error> problem;
  if (auto removable = folder->may_remove(); !removable) problem = unremovable(folder->path(), removable.error());
  return &types_.emplace(type, OpenType{std::move(*folder), std::move(problem)}).first->second;
}

Status Spool::make_type(const std::string& type) {
  const auto made = made_type(type);
  return made ? Status() : tl::unexpected(made.error());
}

Result<platform::Folder> Spool::made_type(const std::string& type) {
  if (auto made = make_root(); !made) return tl::unexpected(made.error());
  let_go();
  auto root = root_folder();
  if (!root) return tl::unexpected(root.error());
  return (*root)->open_folder(type, true);
}

Status Spool::put(const Entry& entry, std::string_view content) {
  const auto folder = made_type(entry.type);
  if (!folder) return tl::unexpected(folder.error());

  sweep(*folder);
  return folder->write(temporary_name(), entry.name, content, own_file_mode);
}

// Folders that are held open may have been removed and made again meanwhile.
void Spool::let_go() {
  if (unsynced_ > 0 && !sync()) return;
  types_.clear();
  folder_.reset();
}

Scan Spool::scan(std::string only) {
  let_go();
  return {*this, std::move(only)};
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

Result<std::optional<Claims::Lock>> Spool::take_claim(const Entry& entry) {
  if (claims_) return claims_->try_claim(claim_prefix_ + entry.path());
  return fail(ErrorKind::failure, "cannot claim files of " + root_.string() + ": it was opened to be examined only");
}

// The name is claimed before it is opened: what it leads to then is the newest version.
Claimed Spool::claim(const Entry& entry) {
  auto type = type_folder(entry.type);
  if (!type) {
    const bool gone = platform::absent(root_ / entry.type);  // with all its files
    return gone ? Claimed{} : unreadable(type.error());
  }
  if ((*type)->unremovable) return unreadable(*(*type)->unremovable);

  auto claim = take_claim(entry);
  if (!claim) return unreadable(claim.error());
  Claimed claimed;
  if (!*claim) {
    claimed.state = Claimed::State::busy;
    return claimed;
  }

  platform::OpenEntry found = (*type)->folder.examine(entry.name);
  claimed.state = state_of(found.state);
  claimed.problem = std::move(found.problem);
  if (claimed.state != Claimed::State::held) return claimed;

  claimed.writers = platform::writers_of(found.file);
  claimed.item = Item{entry, (*type)->folder.path() / entry.name,
                      std::make_shared<const platform::UniqueFd>(std::move(found.file)), found.facts,
                      std::make_shared<const Claims::Lock>(std::move(**claim))};
  return claimed;
}

platform::OpenEntry Spool::examine(const Entry& entry) {
  auto type = type_folder(entry.type);
  if (type) return (*type)->folder.examine(entry.name);

  platform::OpenEntry none;
  none.state = platform::OpenEntry::State::unreadable;
  none.problem = type.error();
  return none;
}

Result<std::unique_ptr<Spool>> Spool::rejected() const {
  auto rejected = open(root_ / rejected_folder, false, claims_);
  if (rejected) (*rejected)->claim_prefix_ = std::string(rejected_folder) + "/";
  return rejected;
}

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

Result<Removal> Spool::remove(const Item& item) {
  auto type = type_folder(item.entry.type);
  if (!type) return tl::unexpected(type.error());

  // What a writer adds after the removal would be lost.
  if (platform::writers_of(*item.file) == platform::Writers::some) return Removal::changed;
  auto removed = (*type)->folder.remove(item.entry.name, item.facts);
  if (!removed || *removed != Removal::removed) return removed;
  (*type)->unsynced = true;
  ++unsynced_;
  return removed;
}

Status Spool::set_aside(const Item& item, std::string_view reason) {
  auto moved = move_aside(item, reason);
  if (!moved) return tl::unexpected(not_set_aside(item, reason, moved.error()));
  return moved;
}

Status Spool::move_aside(const Item& item, std::string_view reason) {
  auto type = type_folder(item.entry.type);
  if (!type) return tl::unexpected(type.error());
  auto root = root_folder();
  if (!root) return tl::unexpected(root.error());
  auto rejected = (*root)->open_folder(rejected_folder, true);
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
    if (auto written = target->write(temporary_name(), reason_file, std::string(reason) + "\n", reason_mode);
        !written) {
      return written;
    }
    auto moved = (*type)->folder.move(item.entry.name, item.facts, *target, name);
    if (!moved) remove_from(*target, reason_file);
    if (!moved) return tl::unexpected(moved.error());
    if (!*moved) continue;

    if (auto synced = target->sync(); !synced) return synced;
    return (*type)->folder.sync();
  }
  return fail(ErrorKind::local_file, "too many files of that name are there", "clear " + target->path().string());
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
