#include "agent/delivery/stream_download.h"

#include <fmt/core.h>

#include "agent/delivery/download.h"
#include "agent/delivery/download_check.h"
#include "platform/base/text.h"

namespace muster::delivery {
namespace {

tl::unexpected<Error> refuse(std::string what) {
  return fail(ErrorKind::refused, std::move(what), "do not use what was printed, and try again");
}

}  // namespace

class CheckedStream final : public transfer::Sink {
 public:
  CheckedStream(std::shared_ptr<transfer::Sink> sink, std::uint64_t max_size)
      : sink_(std::move(sink)), max_size_(max_size) {}

  void expect() { begun_ = false; }           // a new answer is on its way
  bool started() const { return size_ > 0; }  // a byte is out

  Status begin(const transfer::Reply& reply) override {
    begun_ = true;
    if (reply.status != 200) {
      return fail(ErrorKind::refused, fmt::format("it answered HTTP {} to a request for the whole", reply.status),
                  "see the beacon's error log");
    }
    if (auto consistent = check_consistency(reply); !consistent) return consistent;
    auto digests = digests_of_whole(reply);
    if (!digests) return tl::unexpected(digests.error());
    check_.emplace(std::move(*digests));

    length_ = text::to_number(reply.field("Content-Length").value_or(""));
    if (auto allowed = check_download_size(length_.value_or(0), max_size_); !allowed) return allowed;
    return sink_->begin(reply);
  }

  Status write(std::string_view bytes) override {
    if (length_ && bytes.size() > *length_ - size_) {
      return refuse(fmt::format("more than the {} bytes came that the beacon named", *length_));
    }
    if (auto allowed = check_download_size(size_ + bytes.size(), max_size_); !allowed) return allowed;
    check_->update(bytes);
    size_ += bytes.size();
    return sink_->write(bytes);
  }

  Status finish(const transfer::Reply& reply) {
    if (!begun_) {
      if (auto empty = begin(reply); !empty) return empty;
    }
    if (length_ && size_ != *length_) return refuse(fmt::format("{} bytes came instead of {}", size_, *length_));
    if (auto same = check_->finish(); !same) return refuse(same.error().message);
    return {};
  }

 private:
  std::shared_ptr<transfer::Sink> sink_;
  std::optional<std::uint64_t> length_;
  std::optional<DigestCheck> check_;  // once an answer has begun
  std::uint64_t size_ = 0;
  std::uint64_t max_size_;
  bool begun_ = false;
};

StreamDownload::StreamDownload(std::string path, std::shared_ptr<transfer::Sink> sink, transfer::Port& port,
                               const beacon::Locations& locations, const transfer::TransferOptions& options,
                               beacon::Selector& selector, std::uint64_t max_size)
    : Job(port, locations, options, selector),
      path_(std::move(path)),
      stream_(std::make_shared<CheckedStream>(std::move(sink), max_size)),
      max_size_(max_size) {}

void StreamDownload::prepare() { stream_->expect(); }

transfer::Request StreamDownload::request_for(const beacon::Location& location) {
  transfer::Request request = download_request(location, path_, options(), max_size_);
  request.sink = stream_;
  return request;
}

bool StreamDownload::may_be_about_the_resource(const transfer::Outcome& outcome) const { return says_missing(outcome); }

Job::Next StreamDownload::judge(const beacon::Location&, transfer::Outcome& outcome) {
  if (outcome.cause == transfer::Cause::answered && outcome.reply.status == 200) {
    const auto finished = stream_->finish(outcome.reply);
    if (finished) return Next::done;
    outcome.cause = transfer::Cause::local_write;
    outcome.local = finished.error();
  }
  if (stream_->started()) return Next::stop;
  const bool ours = outcome.local && outcome.local->kind != ErrorKind::refused;
  return ours ? Next::stop : Next::elsewhere;
}

}  // namespace muster::delivery
