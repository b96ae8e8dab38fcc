// An upload: PUT /<Directory>/<Type>/<file name>. The file stays where it is and is only read.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "agent/delivery/job.h"
#include "platform/file.h"

namespace muster::delivery {

struct UploadPlan {
  std::filesystem::path file;
  std::string type;                                  // a folder name: "Inventories"
  std::uint64_t digest_limit = 64ULL * 1024 * 1024;  // larger files go without Content-Digest (RFC 9530); 0: all
};

class Upload final : public Job {
 public:
  // Opens and measures the file; an error is of kind local_file, or usage for a type that is no folder name.
  static Result<std::unique_ptr<Upload>> open(UploadPlan plan, transfer::Port& port, const beacon::Locations& locations,
                                              const transfer::Terms& terms);

  std::uint64_t size() const { return facts_.size; }
  const std::filesystem::path& file() const { return plan_.file; }
  std::string path_at(const beacon::Location& location) const;

  // After delivery: removes the file, if it is still the one that was sent.
  Status remove_source() const;

 protected:
  transfer::Request request_for(const beacon::Location& location) override;
  Next judge(transfer::Outcome& outcome) override;

 private:
  Upload(UploadPlan plan, transfer::Port& port, const beacon::Locations& locations, const transfer::Terms& terms);
  Status read_file();

  UploadPlan plan_;
  std::shared_ptr<const platform::UniqueFd> content_;
  platform::FileFacts facts_;
  std::string digest_;  // field value; empty: none
};

}  // namespace muster::delivery
