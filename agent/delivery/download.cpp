#include "agent/delivery/download.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

#include "platform/base/text.h"
#include "platform/file.h"

namespace muster::delivery {

namespace {

constexpr std::size_t max_shown = 100;  // characters of a path in a message

}  // namespace

transfer::Request download_request(const beacon::Location& location, const std::string& path,
                                   const transfer::TransferOptions& options, std::uint64_t max_size) {
  transfer::Request request;
  request.method = transfer::Method::get;
  request.path = location.path(path);
  // The sink knows what is there already, and says which preference forbids more.
  request.limits.largest_reply = std::numeric_limits<std::uint64_t>::max();
  request.limits.total = options.total_time(max_size);
  return request;
}

Status check_download_path(const std::string& path) {
  if (const std::size_t scheme = path.find("://"); scheme != std::string::npos) {
    const std::size_t directory = path.find('/', scheme + 3);
    const std::size_t below = directory == std::string::npos ? directory : path.find('/', directory + 1);
    const std::string example = below == std::string::npos ? "Policies/default.json" : path.substr(below + 1);
    return fail(ErrorKind::usage,
                fmt::format("'{}' is a URL, not a path below the download location", path.substr(0, max_shown)),
                fmt::format("name the path alone, such as {}", example.substr(0, max_shown)));
  }

  if (path.starts_with('/')) {
    const std::size_t name = std::min(path.find_first_not_of('/'), path.size());
    const std::string below = name < path.size() ? path.substr(name, max_shown) : "Policies/default.json";
    return fail(ErrorKind::usage, fmt::format("'{}' begins with '/'", path.substr(0, max_shown)),
                fmt::format("name the path below the download location, such as '{}'", below));
  }

  bool named = false;
  for (const std::string& part : text::split_exactly(path, '/')) {
    if (part == "." || part == "..") {
      return fail(ErrorKind::usage, fmt::format("'{}' is not below the download location", path.substr(0, max_shown)),
                  "name a path without '.' and '..'");
    }
    named = !part.empty();
  }
  if (named) return {};
  return fail(ErrorKind::usage, fmt::format("'{}' names no file", path.substr(0, max_shown)),
              "name a file below the download location");
}

bool says_missing(const transfer::Outcome& outcome) {
  static constexpr std::array statuses{404, 410, 412, 416};
  return outcome.cause == transfer::Cause::answered &&
         std::find(statuses.begin(), statuses.end(), outcome.reply.status) != statuses.end();
}

Download::Download(std::string path, DownloadRecord record, transfer::Port& port, const beacon::Locations& locations,
                   const transfer::TransferOptions& options, beacon::Selector& selector)
    : Job(port, locations, options, selector), path_(std::move(path)), record_(std::move(record)) {}

Result<std::unique_ptr<Download>> Download::open(std::string path, const std::filesystem::path& target,
                                                 const std::filesystem::path& records, transfer::Port& port,
                                                 const beacon::Locations& locations,
                                                 const transfer::TransferOptions& options, beacon::Selector& selector,
                                                 std::uint64_t max_size) {
  if (auto checked = check_download_path(path); !checked) return tl::unexpected(checked.error());
  std::unique_ptr<Download> download(
      new Download(std::move(path), DownloadRecord(records, target), port, locations, options, selector));

  if (platform::exists(target)) {
    if (auto file = platform::open_regular(target); !file) return tl::unexpected(file.error());
  }

  download->max_size_ = max_size;
  auto part = PartFile::open(target, max_size);
  if (!part) return tl::unexpected(part.error());
  download->part_ = std::move(*part);
  return download;
}

void Download::prepare() {
  part_->expect();
  conditional_ = false;
  fields_ = part_->resume_fields();
  asks_for_rest_ = !fields_.empty();
  if (asks_for_rest_) return;
  fields_ = record_.condition();
  conditional_ = !fields_.empty();
}

transfer::Request Download::request_for(const beacon::Location& location) {
  transfer::Request request = download_request(location, path_, options(), max_size_);
  request.sink = part_;
  request.headers = fields_;
  return request;
}

bool Download::may_be_about_the_resource(const transfer::Outcome& outcome) const { return says_missing(outcome); }

Job::Next Download::judge(const beacon::Location&, transfer::Outcome& outcome) {
  using transfer::Cause;
  if (outcome.cause == Cause::local_write || outcome.cause == Cause::too_large) return give_up_part(outcome);
  if (outcome.cause != Cause::answered) return Next::elsewhere;

  const int status = outcome.reply.status;
  if (status == 304 && conditional_) {
    unchanged_ = true;
    return Next::done;
  }
  // 416: the part is longer than what the beacon has by now.
  if (status == 416 && asks_for_rest_) return give_up_part(outcome);
  if (status != 200 && status != 206) return Next::elsewhere;

  if (auto finished = part_->finish(outcome.reply); !finished) {
    outcome.cause = Cause::local_write;
    outcome.local = finished.error();
    return give_up_part(outcome);
  }
  record_.remember(outcome.reply);
  return Next::done;
}

// What is there does not go with what the beacon has, or the disk does not take it: it is dropped, which also makes
// room. A rest that did not fit may be the fault of what came before: the same beacon is asked for the whole.
Job::Next Download::give_up_part(transfer::Outcome& outcome) {
  if (auto dropped = part_->discard(); !dropped) {
    outcome.cause = transfer::Cause::local_write;
    outcome.local = dropped.error();
  }
  if (outcome.local && outcome.local->kind != ErrorKind::refused) return Next::stop;
  const bool was_rest = outcome.reply.status == 206 || outcome.reply.status == 416;
  return asks_for_rest_ && was_rest ? Next::again : Next::elsewhere;
}

}  // namespace muster::delivery
