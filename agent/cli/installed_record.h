// What `muster rollout` set for an installer, so that a removal takes back that and nothing else. A file of root's
// below the data directory.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/config/raw_preferences.h"
#include "platform/base/result.h"

namespace muster::cli {

// One thread.
class InstalledRecord {
 public:
  // Empty where there is none yet. Errors are of kind local_file.
  static Result<InstalledRecord> load(const std::filesystem::path& data_directory);

  void add_value(const config::Address& address, const std::string& value);
  void add_kept(const std::string& what);  // what a removal keeps and names: a certificate
  Status save() const;

  struct Value {
    config::Address address;
    std::string digest;  // of the value that was set, hexadecimal

    bool is(const std::string& value) const;
  };
  std::vector<Value> values() const;
  const std::vector<std::string>& kept() const { return kept_; }

 private:
  explicit InstalledRecord(std::filesystem::path file) : file_(std::move(file)) {}
  void take(const std::string& line);

  std::filesystem::path file_;
  std::map<std::string, std::string> digests_;  // by "Section\Name"
  std::vector<std::string> kept_;
};

}  // namespace muster::cli
