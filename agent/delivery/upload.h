// An upload: PUT /<Directory>/<Type>/<file name>. The file stays where it is and is only read.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "agent/channel/server_quirks.h"
#include "agent/delivery/early_answers.h"
#include "agent/delivery/job.h"
#include "agent/delivery/upload_proof.h"
#include "platform/file.h"

namespace muster::delivery {

// What the preferences say of every upload.
struct UploadRules {
  std::uint64_t digest_limit = 64ULL * 1024 * 1024;  // larger files go without Content-Digest (RFC 9530); 0: all
  UploadVerify verify = UploadVerify::first;
  std::shared_ptr<EarlyAnswers> early_answers;  // null: none are remembered
};

// A file that is open, and what it is called.
struct UploadSource {
  std::filesystem::path path;  // for messages
  std::string name;            // on the beacon
  std::string type;            // a folder name: "Inventories"
  std::shared_ptr<const platform::UniqueFd> content;
  platform::FileFacts facts;
  std::optional<std::string> digest;  // raw SHA-256, where it was taken before
};

// Whether a file of that size goes with its digest.
bool takes_digest(const UploadRules& rules, std::uint64_t size);

// Raw SHA-256 of the whole content; an error where it cannot be read, was truncated, or `stop` became true.
Result<std::string> content_digest(const UploadSource& source, const std::atomic<bool>* stop = nullptr);

// An error of kind usage for a type that is no folder name.
Status check_type(const std::string& type);

// Errors are of kind local_file, or usage for a type that is no folder name.
Result<UploadSource> open_source(const std::filesystem::path& file, const std::string& type);

class Upload final : public Job {
 public:
  // The upload goes by `quirks`, and adds to them. An error is of kind local_file.
  static Result<std::unique_ptr<Upload>> make(UploadSource source, const UploadRules& rules,
                                              channel::ServerQuirks& quirks, transfer::Port& port,
                                              const beacon::Locations& locations,
                                              const transfer::TransferOptions& options, beacon::Selector& selector);

  std::uint64_t size() const { return source_.facts.size; }
  const UploadSource& source() const { return source_; }
  std::string path_at(const beacon::Location& location) const;

 protected:
  transfer::Request request_for(const beacon::Location& location) override;
  std::uint64_t bytes_to_move() const override { return size(); }
  Next judge(const beacon::Location& location, transfer::Outcome& outcome) override;
  std::optional<transfer::Request> question(const beacon::Location& location) override;
  Next judge_answer(const beacon::Location& location, transfer::Outcome& outcome) override;
  std::optional<transfer::Outcome> excluded(const beacon::Location& location) const override;

 private:
  Upload(UploadSource source, const UploadRules& rules, channel::ServerQuirks& quirks, transfer::Port& port,
         const beacon::Locations& locations, const transfer::TransferOptions& options, beacon::Selector& selector);
  transfer::Expectation expectation_at(const beacon::Location& location) const;
  bool may_be_taken_otherwise(const beacon::Location& location, const transfer::Outcome& outcome);
  Next judge_acceptance(transfer::Outcome& outcome);
  Next judge_bad_request(const beacon::Location& location, transfer::Outcome& outcome);
  Next judge_doubt(const beacon::Location& location, transfer::Outcome& outcome);
  Next judge_silence(const beacon::Location& location, transfer::Outcome& outcome);
  void note_accepted(const beacon::Location& location);
  Next judge_absence(const beacon::Location& location, transfer::Outcome& outcome);
  void believe(const beacon::Location& location, const transfer::Outcome& outcome);
  Next fail_early(const beacon::Location& location, transfer::Outcome& outcome, std::string detail);
  void forget_early_answers() const;
  EarlyAnswers::File file() const { return {source_.type + "/" + source_.name, source_.facts}; }
  Status take_digest();
  Status read_small();

  UploadSource source_;
  UploadRules rules_;
  channel::ServerQuirks& quirks_;
  std::set<std::string> lost_silently_;       // ids of locations, as the next ones
  std::set<std::string> sends_unasked_;       // answered 2xx instead of 100 Continue
  Acceptance acceptance_;                     // the last one
  unsigned questions_ = 0;                    // about it
  std::optional<transfer::Reply> doubted_;    // a 400 that may be about our certificate
  std::set<std::string> asked_first_;         // ids of locations; the quirks may be other ones by now
  std::shared_ptr<const std::string> small_;  // the content, where it is small
  std::string digest_;                        // field value; empty: none
};

}  // namespace muster::delivery
