#include "agent/delivery/download.h"

#include <fmt/core.h>

#include "platform/base/text.h"
#include "platform/file.h"

namespace muster::delivery {
namespace {

constexpr std::uint64_t largest_download = 64ULL << 30;  // bytes
constexpr std::chrono::hours longest_download{24};

transfer::Request get(const beacon::Location& location, const std::string& path) {
  transfer::Request request;
  request.method = transfer::Method::get;
  request.path = location.path(path);
  request.limits.largest_reply = largest_download;
  request.limits.total = longest_download;
  return request;
}

}  // namespace

Status check_download_path(const std::string& path) {
  bool named = false;
  for (const std::string& part : text::split_exactly(path, '/')) {
    if (part == "." || part == "..") {
      return fail(ErrorKind::usage, fmt::format("'{}' is not below the download location", path),
                  "name a path without '.' and '..'");
    }
    named = !part.empty();
  }
  if (named) return {};
  return fail(ErrorKind::usage, fmt::format("'{}' names no file", path), "name a file below the download location");
}

Download::Download(std::string path, DownloadRecord record, transfer::Port& port, const beacon::Locations& locations,
                   const transfer::Terms& terms)
    : Job(port, locations, terms), path_(std::move(path)), record_(std::move(record)) {}

Result<std::unique_ptr<Download>> Download::open(std::string path, const std::filesystem::path& target,
                                                 const std::filesystem::path& records, transfer::Port& port,
                                                 const beacon::Locations& locations, const transfer::Terms& terms) {
  if (auto checked = check_download_path(path); !checked) return tl::unexpected(checked.error());
  std::unique_ptr<Download> download(
      new Download(std::move(path), DownloadRecord(records, target), port, locations, terms));
  if (platform::exists(target)) {
    if (auto file = platform::open_regular(target); !file) return tl::unexpected(file.error());
  }
  auto part = PartFile::open(target);
  if (!part) return tl::unexpected(part.error());
  download->part_ = std::move(*part);
  return download;
}

void Download::prepare() {
  part_->expect();
  conditional_ = false;
  fields_ = part_->resume_fields();
  if (!fields_.empty()) return;
  fields_ = record_.condition();
  conditional_ = !fields_.empty();
}

transfer::Request Download::request_for(const beacon::Location& location) {
  transfer::Request request = get(location, path_);
  request.sink = part_;
  request.headers = fields_;
  return request;
}

Job::Next Download::judge(transfer::Outcome& outcome) {
  if (outcome.cause == transfer::Cause::local_write) {
    // The sink also refuses what the beacon sends; only a full or failing disk is the same everywhere.
    return outcome.local && outcome.local->kind == ErrorKind::refused ? Next::elsewhere : Next::stop;
  }
  if (outcome.cause != transfer::Cause::answered) return Next::elsewhere;
  if (outcome.reply.status == 304 && conditional_) {
    unchanged_ = true;
    return Next::done;
  }
  // 416: the part is longer than what the beacon has by now.
  const bool usable = outcome.reply.status == 200 || outcome.reply.status == 206;
  Status finished;
  if (usable) finished = part_->finish(outcome.reply);
  if (outcome.reply.status == 416) finished = part_->discard();
  if (finished && outcome.reply.status == 416) return Next::again;
  if (finished && usable) record_.remember(outcome.reply);
  if (finished) return usable ? Next::done : Next::elsewhere;
  outcome.cause = transfer::Cause::local_write;
  outcome.local = finished.error();
  return finished.error().kind == ErrorKind::refused ? Next::elsewhere : Next::stop;
}

StreamDownload::StreamDownload(std::string path, std::shared_ptr<transfer::Sink> sink, transfer::Port& port,
                               const beacon::Locations& locations, const transfer::Terms& terms)
    : Job(port, locations, terms), path_(std::move(path)), sink_(std::move(sink)) {}

transfer::Request StreamDownload::request_for(const beacon::Location& location) {
  transfer::Request request = get(location, path_);
  request.sink = sink_;
  return request;
}

Job::Next StreamDownload::judge(transfer::Outcome& outcome) {
  if (outcome.cause == transfer::Cause::answered && outcome.reply.status == 200) return Next::done;
  const bool started = outcome.reply.good() && outcome.received > 0;
  return started || outcome.cause == transfer::Cause::local_write ? Next::stop : Next::elsewhere;
}

}  // namespace muster::delivery
