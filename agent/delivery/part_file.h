// The local side of a download: a `.part` file that grows, is resumed (RFC 9110, 13.1.5 and 14) and appears under
// its name only when it is whole.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/transfer/sink.h"
#include "platform/placed_file.h"

namespace muster::delivery {

// Used by the thread of the loop while a transfer runs, by the deciding thread before and after.
class PartFile final : public transfer::Sink {
 public:
  // Beside the target: NAME.part, and NAME.part.etag with the validator that a resumption needs. What cannot be
  // resumed later is removed when the object ends.
  static Result<std::shared_ptr<PartFile>> open(const std::filesystem::path& target);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() override;

  // Header fields to ask for the rest only: empty, or Range and If-Range with a strong validator.
  std::vector<std::string> resume_fields() const;

  void expect() { begun_ = false; }  // a new answer is on its way

  Status begin(const transfer::Reply& reply) override;
  Status write(std::string_view bytes) override;

  // After a good answer: checks length and digest (Repr-Digest, or Content-Digest of a whole answer; RFC 9530)
  // and places the file. On an error of kind refused the part is dropped: it is not what the beacon has.
  Status finish(const transfer::Reply& reply);
  Status discard();  // starts again from nothing

  std::uint64_t size() const { return size_; }
  bool resumed() const { return resumed_; }

 private:
  PartFile(std::filesystem::path target, platform::PlacedFile file, std::uint64_t size, std::string validator);
  void forget_validator();
  Status start_over(const transfer::Reply& reply);
  Status continue_from(const transfer::Reply& reply);
  Status verify_digest(const transfer::Reply& reply) const;

  std::filesystem::path target_;
  std::filesystem::path validator_path_;
  platform::PlacedFile file_;
  std::uint64_t size_;
  std::string validator_;
  std::optional<std::uint64_t> whole_size_;
  bool begun_ = false;
  bool placed_ = false;
  bool resumed_ = false;
};

}  // namespace muster::delivery
