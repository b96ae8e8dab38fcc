// muster rollout --undo: the removal, as the purge of the packages for Linux does it (packaging/linux/setup.sh).
#include <fmt/core.h>

#include <array>

#include "agent/cli/installed_record.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/cli/rollout_modes.h"
#include "agent/config/preference_store.h"
#include "platform/atomic_file.h"
#include "platform/file.h"
#include "platform/folder.h"
#include "platform/host.h"
#include "platform/service_folder.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;
using platform::Folder;

constexpr unsigned private_to_root = 0600;
constexpr int max_depth = 8;
constexpr std::size_t max_kept = 1000;

// Other products may keep a folder of these names beside Muster: there, only what Muster is known to make goes.
// tests/scripts/test_removal.py compares the names with those of Linux.
constexpr std::array state_files{"beacons",
                                 "beacons.damaged",
                                 "beacons.lock",
                                 "claims",
                                 "collect",
                                 "device-id",
                                 "early-answers",
                                 "inventory-glpi",
                                 "inventory-cyclonedx",
                                 "inventory.lock",
                                 "last-status",
                                 "last-upload",
                                 "pending",
                                 "policy.lock",
                                 "removed-for-quota",
                                 "removed-for-quota.lock",
                                 "run.lock",
                                 "schedule",
                                 "update"};
constexpr std::array state_folders{"downloads", "policy", "updates"};

class Removal {
 public:
  explicit Removal(fs::path data) : data_(std::move(data)) {}

  void remove_files() {
    if (const auto state = Folder::open(data_ / "state")) {
      for (const char* const name : state_files) remove_file(*state, name);
      for (const char* const name : state_folders) empty_folder(*state, name, max_depth);
    }
    if (const auto log = Folder::open(data_ / "log")) remove_logs(*log);
    if (const auto etc = Folder::open(data_ / "etc")) remove_file(*etc, ".muster-installed");
    if (const auto data = Folder::open(data_)) {
      remove_file(*data, "installation.log");
      remove_file(*data, "removal.log");
    }
  }

  // From the innermost; a folder that is not empty stays.
  void remove_folders() {
    for (const char* const name : {"uploads", "state", "log", "etc"}) {
      const auto data = Folder::open(data_);
      if (!data) return;
      drop_empty(*data, name, max_depth);
    }
    remove_empty(data_);
    if (data_.parent_path().filename() == "ManageSoft Corp") remove_empty(data_.parent_path());
  }

  void name_kept(std::vector<std::string>& kept) const {
    if (const auto data = Folder::open(data_)) add_files(*data, max_depth, kept);
  }

 private:
  static void remove_file(const Folder& folder, const std::string& name) {
    const auto entry = folder.examine(name);
    if (entry.state == platform::OpenEntry::State::open) (void)folder.remove(name, entry.facts);
  }

  static void remove_logs(const Folder& log) {
    for (const std::string& name : names_in(log)) {
      if (name.starts_with("muster.log")) remove_file(log, name);
    }
  }

  static std::vector<std::string> names_in(const Folder& folder) {
    std::vector<std::string> names;
    auto listing = folder.list();
    while (auto name = listing ? listing->next() : std::nullopt) names.push_back(std::move(name->text));
    return names;
  }

  // Of links, which no folder is opened through, nothing is removed.
  static void empty_folder(const Folder& above, const std::string& name, int depth) {
    const auto folder = above.open_folder(name, false);
    if (!folder || depth == 0) return;
    for (const std::string& one : names_in(*folder)) {
      remove_file(*folder, one);
      empty_folder(*folder, one, depth - 1);
      remove_empty(folder->path() / one);
    }
  }

  static void drop_empty(const Folder& above, const std::string& name, int depth) {
    {
      const auto folder = above.open_folder(name, false);
      if (!folder || depth == 0) return;
      for (const std::string& one : names_in(*folder)) drop_empty(*folder, one, depth - 1);
    }
    remove_empty(above.path() / name);
  }

  static void remove_empty(const fs::path& folder) {
    std::error_code ignored;  // it is not empty, or in use: then it is named or stays
    if (platform::exists(folder) && fs::is_directory(folder, ignored)) fs::remove(folder, ignored);
  }

  static void add_files(const Folder& folder, int depth, std::vector<std::string>& kept) {
    for (const std::string& name : names_in(folder)) {
      const auto below = depth == 0 ? Result<Folder>(tl::unexpected(Error{})) : folder.open_folder(name, false);
      if (kept.size() >= max_kept) return;
      if (below) {
        add_files(*below, depth - 1, kept);
      } else {
        kept.push_back((folder.path() / name).string());
      }
    }
  }

  fs::path data_;
};

// Those that are as the installation set them.
Status unset_values(const fs::path& store, const InstalledRecord& record, std::vector<std::string>& kept) {
  const auto now = config::read_store(store, false);
  if (!now) return tl::unexpected(now.error());

  std::vector<config::Change> changes;
  std::vector<std::string> sections;
  for (const InstalledRecord::Value& one : record.values()) {
    sections.push_back(one.address.section);
    const auto value = config::value_at(*now, one.address);
    if (value && one.is(*value)) {
      changes.push_back({one.address, std::nullopt});
    } else if (value) {
      kept.push_back(
          fmt::format("the preference {}\\{}, which was changed since", one.address.section, one.address.name));
    }
  }

  if (const auto unset = config::change_store(store, changes); !unset) return tl::unexpected(unset.error());
  return config::remove_empty_sections(store, sections);
}

std::string text_of(const std::vector<std::string>& kept) {
  std::string text;
  for (const std::string& one : kept) text += fmt::format("kept: {}\n", one);
  return text;
}

}  // namespace

Status rollout_undo(const GlobalOptions& options) {
  // Broken preferences are no reason to leave everything behind.
  const auto preferences = load_preferences(options);
  const fs::path store = preferences ? preferences->file() : config::default_store();
  const fs::path data = preferences ? preferences->data_directory() : platform::default_data_directory();
  const auto record = InstalledRecord::load(data);
  if (!record) return tl::unexpected(record.error());

  std::vector<std::string> kept = record->kept();
  const Status unset = unset_values(store, *record, kept);
  if (!unset) kept.push_back("preferences, which could not be unset: " + unset.error().line());

  Removal removal(data);
  removal.remove_files();
  removal.remove_folders();
  removal.name_kept(kept);

  const std::string text = text_of(kept);
  if (!text.empty() && platform::make_service_folder(data)) {
    (void)platform::write_file(data / "removal.log", text, private_to_root);
  }
  const Status printed = print(options.json ? json_of_files(kept) : text);
  return unset ? printed : unset;
}

}  // namespace muster::cli
