// Remembers which locations answered an upload with 2xx before they had the file, and did not have it afterwards. After
// three such tries a location is not used for this version of the file, for a day. Kept in state/, for all processes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/base/clock.h"
#include "platform/file.h"

namespace muster::delivery {

// One thread.
class EarlyAnswers {
 public:
  static constexpr unsigned max_tries = 3;
  static constexpr std::chrono::hours remembered{24};

  // Which version of which file.
  struct File {
    std::string name;  // "Inventories/laptop.ndi"
    platform::FileFacts facts;
  };

  // `state` is the folder of the record; empty: it is kept in memory alone.
  explicit EarlyAnswers(const std::filesystem::path& state);

  // Whether the location is not to be used for this file any more.
  bool excludes(const File& file, const std::string& location, WallTime now) const;

  // Another try in vain. What cannot be written now is known to this process alone.
  void add(const File& file, const std::string& location, WallTime now);

  // It has been delivered.
  void forget(const std::string& name);

  // What is not sent to which location any more, for `muster status`.
  struct Excluded {
    std::string name;
    std::string location;
  };
  std::vector<Excluded> all_excluded(WallTime now) const;

 private:
  struct Entry {
    std::string key;  // digest of file, version and location
    unsigned tries = 0;
    WallTime last;
    std::string location;
    std::string name;  // printable

    bool counts(WallTime now) const { return last <= now && now - last < remembered; }
    bool excluded(WallTime now) const { return tries >= max_tries && counts(now); }
  };

  void read();
  void write();

  std::filesystem::path path_;
  std::vector<Entry> entries_;
};

}  // namespace muster::delivery
