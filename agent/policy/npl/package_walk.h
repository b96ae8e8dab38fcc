// From the policy of an existing beacon (.npl) through its packages (.osd) to their settings (.ndc) and schedules
// (.nds): which file is wanted next, and what they say together. Pure; the files are fetched by the caller.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/beacon/location.h"
#include "agent/policy/npl/packages.h"
#include "agent/policy/npl/xml_tree.h"
#include "platform/base/result.h"

namespace muster::policy {

class PackageWalk {
 public:
  // `path` is that of the policy below the download location. `allowed_types` holds AllowedPkgTypes; empty: all.
  PackageWalk(std::string path, beacon::Locations locations, std::vector<std::string> allowed_types);

  // The file that take() needs next, below the download location; nullopt: all were read.
  std::optional<std::string> wanted() const;

  // Its content. The policy is refused as a whole for a file that is not what it should be, and for more than 64
  // files or 10,000 settings in all; the error holds the reason alone.
  Status take(std::string_view content);

  // When nothing is wanted any more.
  Packages packages() &&;

 private:
  enum class Kind { policy, package, settings, schedule };
  struct File {
    Kind kind = Kind::policy;
    std::string path;
  };

  Status read(const File& file, std::string_view content);
  Status read_policy(const XmlElement& root, const std::string& path);
  Status read_package(const XmlElement& root, const std::string& path);
  Status read_schedule(const XmlElement& root, const std::string& path);
  void add(Kind kind, const std::string& href, const std::string& document, const std::string& what);

  beacon::Locations locations_;
  std::vector<std::string> allowed_types_;
  std::deque<File> files_;             // still to be read
  std::set<std::string> seen_;         // their paths, and those that were read
  std::set<std::string> not_fetched_;  // addresses that were not used
  Packages packages_;
};

}  // namespace muster::policy
