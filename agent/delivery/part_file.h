// The local side of a download: a `.part` file that grows, is resumed (RFC 9110, 13.1.5 and 14) and appears under
// its name only when it is whole.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/delivery/download_check.h"
#include "agent/transfer/sink.h"
#include "platform/atomic_file.h"

namespace muster::delivery {

// Which bytes a part is the beginning of, in the words of the beacon that began it.
struct Version {
  std::string tag;                      // strong ETag; empty: none
  std::optional<std::uint64_t> length;  // bytes of the whole
  std::string digest;                   // base64 of its SHA-256, from Repr-Digest; empty: none

  bool can_be_resumed() const { return !tag.empty() || (!digest.empty() && length); }

  // Whether the rest that `other` names, maybe another beacon's, fits to a part of this one: nothing differs, and
  // the strong ETag or the digest is the same.
  bool continued_by(const Version& other) const;
};

// Used by the thread of the loop while a transfer runs, by the deciding thread before and after.
class PartFile final : public transfer::Sink {
 public:
  // Beside the target: NAME.part, and NAME.part.etag with the Version that a resumption needs, one value a line. A
  // record that is no file of our own does not count. What cannot be resumed later is removed when the object ends.
  // `max_size` is MaximumDownloadSize, in bytes.
  static Result<std::shared_ptr<PartFile>> open(const std::filesystem::path& target, std::uint64_t max_size);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() override;

  // Header fields to ask for the rest only: empty; Range and If-Range with the strong ETag; or, where only the digest
  // is known, Range alone, and begin() judges what comes.
  std::vector<std::string> resume_fields() const;

  void expect() { begun_ = false; }  // a new answer is on its way

  // Errors of kind refused are about the beacon, those of kind local_file about the disk.
  Status begin(const transfer::Reply& reply) override;
  Status write(std::string_view bytes) override;

  // After a 200 or 206: checks length and digest (Repr-Digest, or Content-Digest of a whole answer; RFC 9530) and
  // places the file. After an error the part is of no use: discard() it.
  Status finish(const transfer::Reply& reply);
  Status discard();  // starts again from nothing

  std::uint64_t size() const { return size_; }
  bool resumed() const { return resumed_; }
  bool is_too_large() const { return is_too_large_; }  // some answer was, or said that it would be, above `max_size`

 private:
  PartFile(std::filesystem::path target, platform::AtomicFile file, std::uint64_t size, Version version,
           std::uint64_t max_size);
  Status check_size(std::uint64_t size);
  void forget_version();
  Status start_over(const transfer::Reply& reply);
  Status continue_from(const transfer::Reply& reply);
  Status verify_digests(const transfer::Reply& reply) const;
  Status verify(StatedDigests stated, std::uint64_t first) const;

  std::filesystem::path target_;
  std::filesystem::path version_path_;
  platform::AtomicFile file_;
  std::uint64_t size_;
  std::uint64_t max_size_;
  std::uint64_t answer_begin_ = 0;  // where the bytes of this answer begin
  Version version_;
  bool begun_ = false;
  bool placed_ = false;
  bool resumed_ = false;
  bool is_too_large_ = false;
};

}  // namespace muster::delivery
