#include "agent/spool/entry_name.h"
#include "agent/spool/spool.h"
#include "platform/base/text.h"

namespace muster::spool {
namespace {

Error no_type(const std::filesystem::path& root, const std::string& name) {
  return {ErrorKind::local_file,
          "not uploading " + text::printable((root / name).string()) +
              ": files must be in a type folder such as Inventories",
          "move it into such a folder, or remove it"};
}

}  // namespace

bool Scan::next_type() {
  if (!types_ && platform::absent(spool_->root_)) return false;
  if (only_.empty()) return next_folder();
  const bool first = type_.empty();
  return first && !platform::absent(spool_->root_ / only_) && open_type(only_);
}

bool Scan::next_folder() {
  if (!types_) {
    auto root = spool_->root_folder();
    auto listing = root ? (*root)->list() : tl::unexpected(root.error());
    if (!listing) {
      problems_.push_back(listing.error());
      return false;
    }
    types_.emplace(std::move(*listing));
  }

  while (const auto name = types_->next()) {
    if (name->maybe_folder && is_system_folder(name->text)) continue;
    if (!name->maybe_folder || !is_type(name->text)) {
      if (!is_unfinished(name->text)) problems_.push_back(no_type(spool_->root_, name->text));
      continue;
    }
    if (open_type(name->text)) return true;
  }

  if (types_->problem()) problems_.push_back(*types_->problem());
  return false;
}

bool Scan::open_type(const std::string& name) {
  auto type = spool_->type_folder(name);
  auto listing = type ? (*type)->folder.list() : tl::unexpected(type.error());
  if (!listing) {
    // One that has gone since it was listed took its files along.
    if (!platform::absent(spool_->root_ / name)) problems_.push_back(listing.error());
    return false;
  }

  if ((*type)->unremovable && spool_->may_settle()) {
    problems_.push_back(*(*type)->unremovable);
    if (spool_->claims_) return false;  // nothing in it can be claimed
  }
  type_ = name;
  entries_.emplace(std::move(*listing));
  return true;
}

std::optional<Entry> Scan::next() {
  while (!ended_) {
    if (entries_) {
      while (const auto name = entries_->next()) {
        const bool ours = !is_unfinished(name->text) && !(name->maybe_folder && is_system_folder(name->text));
        if (ours) return Entry{type_, name->text};
      }
      if (entries_->problem()) problems_.push_back(*entries_->problem());
      entries_.reset();
    }
    ended_ = !next_type();
  }
  return std::nullopt;
}

}  // namespace muster::spool
