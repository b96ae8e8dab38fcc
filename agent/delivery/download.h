// A download: GET /<Directory>/<path>, conditional, resumable, placed atomically.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "agent/delivery/download_record.h"
#include "agent/delivery/job.h"
#include "agent/delivery/part_file.h"

namespace muster::delivery {

// The answer says that the beacon does not have what was asked for, or not in that state: 404, 410, 412, 416.
bool says_missing(const transfer::Outcome& outcome);

// To a file. What is there already is only replaced by something newer and whole.
class Download final : public Job {
 public:
  // `path` is below the download directory; usage error when it is empty or has a ".." in it. `records` is the
  // folder of the download records, `max_size` MaximumDownloadSize in bytes.
  static Result<std::unique_ptr<Download>> open(std::string path, const std::filesystem::path& target,
                                                const std::filesystem::path& records, transfer::Port& port,
                                                const beacon::Locations& locations,
                                                const transfer::TransferOptions& options, beacon::Selector& selector,
                                                std::uint64_t max_size);

  bool unchanged() const { return unchanged_; }  // the target is what the beacon has: nothing was fetched
  std::uint64_t size() const { return part_->size(); }
  bool resumed() const { return part_->resumed(); }
  bool is_too_large() const { return part_->is_too_large(); }  // what a beacon has is above `max_size`

 protected:
  void prepare() override;
  transfer::Request request_for(const beacon::Location& location) override;
  Next judge(const beacon::Location& location, transfer::Outcome& outcome) override;
  bool may_be_about_the_resource(const transfer::Outcome& outcome) const override;

 private:
  Download(std::string path, DownloadRecord record, transfer::Port& port, const beacon::Locations& locations,
           const transfer::TransferOptions& options, beacon::Selector& selector);
  Next give_up_part(transfer::Outcome& outcome);

  std::string path_;
  std::uint64_t max_size_ = 0;
  DownloadRecord record_;
  std::shared_ptr<PartFile> part_;
  std::vector<std::string> fields_;
  bool conditional_ = false;
  bool asks_for_rest_ = false;
  bool unchanged_ = false;
};

// Usage error when the path is empty, names no file or has a "." or ".." in it.
Status check_download_path(const std::string& path);

// The request that every download makes: which resource, and how long and large at most.
transfer::Request download_request(const beacon::Location& location, const std::string& path,
                                   const transfer::TransferOptions& options, std::uint64_t max_size);

}  // namespace muster::delivery
