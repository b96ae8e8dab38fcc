// Remembers of a downloaded file which version the beacon called it, so that the next request can be conditional
// (RFC 9110, 13). It only counts while the file is the very one that was placed then: one that was edited or
// replaced is fetched again.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/transfer/reply.h"
#include "platform/file.h"

namespace muster::delivery {

class DownloadRecord {
 public:
  // One small file for each target below `folder`, which need not exist.
  DownloadRecord(const std::filesystem::path& folder, const std::filesystem::path& target);

  // If-None-Match and If-Modified-Since as the beacon gave them; empty when there is nothing to compare with.
  std::vector<std::string> condition() const;

  // After the target was placed. What cannot be written is forgotten: the next request is unconditional.
  void remember(const transfer::Reply& reply) const;

 private:
  std::filesystem::path file_;
  std::filesystem::path target_;
};

}  // namespace muster::delivery
