// The spool: <DataDirectory>/uploads/<Type>/. Any program puts files there; each is uploaded and then removed, and none
// is ever dropped in silence. States are folders: waiting in <Type>/, set aside in .rejected/<Type>/ with a reason.
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

#include "platform/folder.h"

namespace muster::spool {

struct Entry {
  std::string type;
  std::string name;  // bytes, not necessarily printable
  bool operator==(const Entry&) const = default;
};

// A claimed file. The claim ends with the last holder of `file`.
struct Item {
  Entry entry;
  std::filesystem::path path;  // for messages
  std::shared_ptr<const platform::UniqueFd> file;
  platform::FileFacts facts;
};

// What claiming gave: an item, or why there is none.
struct Claimed {
  platform::Claim::State state = platform::Claim::State::gone;
  std::optional<Item> item;  // state held
  Error problem;             // state unfit, unreadable
};

class Spool;

// Goes through the spool once, in no order. Memory does not grow with the number of entries.
class Scan {
 public:
  std::optional<Entry> next();

  // What could not be looked into to its end, and links or files where a type should be.
  std::vector<Error> take_problems() { return std::exchange(problems_, {}); }

 private:
  friend class Spool;
  explicit Scan(Spool& spool) : spool_(&spool) {}
  bool next_type();

  Spool* spool_;
  std::optional<platform::Listing> types_;
  std::optional<platform::Listing> entries_;
  std::string type_;
  std::vector<Error> problems_;
  bool ended_ = false;
};

enum class Writer { unknown, has_closed };

class Spool {
 public:
  // A folder that is not there is an empty spool: `make` creates it, otherwise it is looked for at each scan.
  static Result<std::unique_ptr<Spool>> open(std::filesystem::path root, bool make);

  Status make_type(const std::string& type);  // and the spool, where it has gone
  std::vector<std::string> types();           // the folders that are there

  Scan scan();
  // Busy as well: a file that somebody has open for writing, and where the system does not tell, one that was written
  // to a moment ago, unless its writer is known to have closed it.
  Claimed claim(const Entry& entry, Writer writer = Writer::unknown);

  // As claim(), but only looks: nobody else finds the entry busy for it.
  platform::Claim examine(const Entry& entry);
  std::uint64_t count_set_aside();

  // What was set aside, reasons included, as a spool of its own.
  Result<std::unique_ptr<Spool>> rejected() const;

  // Delivered: the name goes away, if it still leads to this file. It lasts after the next sync(); a crash before
  // that is one repetition.
  Status remove(const Item& item);

  // Refused for good: moved to .rejected/<Type>/ beside a file that tells why. Lasts when it returns.
  Status set_aside(const Item& item, std::string_view reason);

  std::size_t unsynced() const { return unsynced_; }  // removals since the last sync()
  Status sync();

  // Closes the folders that are held open between two passes: the system tells of the removal of no folder that
  // somebody holds.
  void let_go();

  const std::filesystem::path& root() const { return root_; }

 private:
  friend class Scan;
  struct OpenType {
    platform::Folder folder;
    bool unsynced = false;
  };

  explicit Spool(std::filesystem::path root) : root_(std::move(root)) {}
  Status make_root();
  Result<platform::Folder*> root_folder();
  Result<OpenType*> type_folder(const std::string& type);

  std::filesystem::path root_;
  std::optional<platform::Folder> folder_;
  std::map<std::string, OpenType> types_;
  std::size_t unsynced_ = 0;
  std::set<std::string> swept_;  // types below .rejected, once each: it reads the whole folder
};

}  // namespace muster::spool
