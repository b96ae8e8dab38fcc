// The spool: <DataDirectory>/uploads/<Type>/. Any program puts files there; each is uploaded and then removed, and none
// is ever dropped silently. States are folders: waiting in <Type>/, set aside in .rejected/<Type>/ with a reason.
// What is claimed keeps its place and its name, so that a crash at any moment frees it and loses nothing.
// One thread; several processes may work on one spool at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/spool/claims.h"
#include "platform/file_writers.h"
#include "platform/folder.h"

namespace muster::spool {

struct Entry {
  std::string type;
  std::string name;  // bytes, not necessarily printable
  bool operator==(const Entry&) const = default;

  std::string path() const { return type + "/" + name; }  // below the spool, and below the beacon's folder
};

// A claimed file. The claim ends with the item.
struct Item {
  Entry entry;
  std::filesystem::path path;  // for messages
  std::shared_ptr<const platform::UniqueFd> file;
  platform::FileFacts facts;
  std::shared_ptr<const Claims::Lock> claim;
};

// What claiming gave: an item, or why there is none.
struct Claimed {
  enum class State {
    held,
    busy,        // another process has claimed the name, or this one has
    gone,        // no such file (any more)
    unfit,       // a link, a device, a folder, or a file with several names
    unreadable,  // it cannot be opened, claimed, or removed later: see `problem`
  };
  State state = State::gone;
  std::optional<Item> item;                                // state held
  platform::Writers writers = platform::Writers::unknown;  // state held
  Error problem;                                           // state unfit, unreadable
};

// What a removal found.
using platform::Removal;
Error not_removed_because_changed(const std::filesystem::path& file);

class Spool;

// Goes through the spool once, in no order. Memory does not grow with the number of entries.
class Scan {
 public:
  std::optional<Entry> next();

  // What could not be scanned to its end, folders that nothing can be removed from, and links or files where a type
  // should be.
  std::vector<Error> take_problems() { return std::exchange(problems_, {}); }

 private:
  friend class Spool;
  Scan(Spool& spool, std::string only) : spool_(&spool), only_(std::move(only)) {}
  bool next_type();
  bool next_folder();
  bool open_type(const std::string& name);

  Spool* spool_;
  std::string only_;  // the one type to scan; empty: all
  std::optional<platform::Listing> types_;
  std::optional<platform::Listing> entries_;
  std::string type_;
  std::vector<Error> problems_;
  bool ended_ = false;
};

class Spool {
 public:
  // A folder that is not there is an empty spool: `make` creates it, otherwise each scan checks for it. Without
  // `claims` it can be examined, and nothing can be claimed.
  static Result<std::unique_ptr<Spool>> open(std::filesystem::path root, bool make,
                                             std::shared_ptr<Claims> claims = nullptr);

  Status make_type(const std::string& type);  // and the spool, where it has gone

  // A file of Muster's own, readable by the group: whole under its name and on disk, or not there at all. What has the
  // name is replaced.
  Status put(const Entry& entry, std::string_view content);

  std::vector<std::string> types();  // the folders that are there

  Scan scan(std::string only = {});  // `only`: a type; the others are not even opened

  // Claims the name, and then opens what it leads to. Nothing is claimed in a folder without write access: it could not
  // be removed after its delivery.
  Claimed claim(const Entry& entry);

  // What is there, without a claim.
  platform::OpenEntry examine(const Entry& entry);
  std::uint64_t count_set_aside();

  // What was set aside, reasons included, as a spool of its own.
  Result<std::unique_ptr<Spool>> rejected() const;

  // Delivered: the name goes away, if it still leads to this file, unchanged. It lasts after the next sync(); a crash
  // before that is one repetition. An error: the system refuses.
  Result<Removal> remove(const Item& item);

  // Refused for good: moved to .rejected/<Type>/ beside a file with the reason. Lasts when it returns.
  Status set_aside(const Item& item, std::string_view reason);

  std::size_t unsynced() const { return unsynced_; }  // removals since the last sync()
  Status sync();

  // Closes the folders that are held open between two passes: the system does not report the removal of a folder that a
  // process holds.
  void let_go();

  const std::filesystem::path& root() const { return root_; }
  const std::shared_ptr<Claims>& claims() const { return claims_; }

 private:
  friend class Scan;
  struct OpenType {
    platform::Folder folder;
    std::optional<Error> unremovable;  // why nothing can be removed from it
    bool unsynced = false;
  };

  Spool(std::filesystem::path root, std::shared_ptr<Claims> claims)
      : root_(std::move(root)), claims_(std::move(claims)) {}
  Status make_root();
  Result<platform::Folder> made_type(const std::string& type);
  Status move_aside(const Item& item, std::string_view reason);
  bool may_settle();  // whether this user is one who could send files, unlike one who may only read them
  Result<platform::Folder*> root_folder();
  Result<OpenType*> type_folder(const std::string& type);
  Result<std::optional<Claims::Lock>> take_claim(const Entry& entry);

  std::filesystem::path root_;
  std::shared_ptr<Claims> claims_;
  std::string claim_prefix_;  // of names, for a spool inside another one
  std::optional<platform::Folder> folder_;
  std::map<std::string, OpenType> types_;
  std::size_t unsynced_ = 0;
  std::set<std::string> swept_;  // types below .rejected, once each: it reads the whole folder
};

}  // namespace muster::spool
