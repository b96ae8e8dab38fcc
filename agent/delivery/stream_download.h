// A download to a stream, such as standard output: it cannot be taken back.
#pragma once

#include <memory>
#include <string>

#include "agent/delivery/job.h"

namespace muster::delivery {

// What goes through is counted and digested on its way. Used by the thread of the loop while a transfer runs, by the
// deciding thread before and after.
class CheckedStream;

// Once a byte is out, no other beacon is tried. Length and digest can only be judged after the last byte: a stream that
// fails then has been written and must not be used; the job ends without a beacon.
class StreamDownload final : public Job {
 public:
  StreamDownload(std::string path, std::shared_ptr<transfer::Sink> sink, transfer::Port& port,
                 const beacon::Locations& locations, const transfer::TransferOptions& options,
                 beacon::Selector& selector, std::uint64_t max_size);

 protected:
  void prepare() override;
  transfer::Request request_for(const beacon::Location& location) override;
  Next judge(const beacon::Location& location, transfer::Outcome& outcome) override;
  bool may_be_about_the_resource(const transfer::Outcome& outcome) const override;

 private:
  std::string path_;
  std::shared_ptr<CheckedStream> stream_;
  std::uint64_t max_size_;
};

}  // namespace muster::delivery
