#include "agent/delivery/upload.h"

#include <fmt/core.h>

#include <array>

#include "agent/spool/entry_name.h"
#include "platform/base/text.h"
#include "platform/file_io.h"
#include "platform/log.h"
#include "ssl/digest.h"

namespace muster::delivery {
namespace {

constexpr std::uint64_t slowest_upload = 4096;  // bytes a second, for the limit on the whole exchange
constexpr seconds shortest_limit{300};
constexpr std::uint64_t largest_small = 32 << 10;  // read once, into memory

tl::unexpected<Error> became_shorter(const std::filesystem::path& path) {
  return fail(ErrorKind::local_file, fmt::format("cannot upload {}: it became shorter", path.string()),
              "upload it again when its writer has finished");
}

std::string field_of(std::string_view hash) { return "sha-256=:" + text::base64(hash) + ":"; }

Result<std::string> digest_of(const platform::UniqueFd& file, const std::filesystem::path& path, std::uint64_t size) {
  ssl::Sha256 hash;
  std::array<char, 65536> buffer{};
  for (std::uint64_t at = 0; at < size;) {
    auto got = platform::read_at(file, path, at, buffer.data(), buffer.size());
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return became_shorter(path);
    hash.update({buffer.data(), *got});
    at += *got;
  }
  return hash.finish();
}

}  // namespace

Result<UploadSource> open_source(const std::filesystem::path& path, const std::string& type) {
  if (!spool::is_type(type)) {
    return fail(ErrorKind::usage, fmt::format("'{}' is not a type of upload", type),
                "name one folder, such as Inventories");
  }
  auto file = platform::open_regular(path);
  if (!file) return tl::unexpected(file.error());
  auto facts = platform::facts_of(*file, path);
  if (!facts) return tl::unexpected(facts.error());
  return UploadSource{path, path.filename().string(), type,
                      std::make_shared<const platform::UniqueFd>(std::move(*file)), *facts};
}

Upload::Upload(UploadSource source, const UploadRules& rules, channel::ServerQuirks& quirks, transfer::Port& port,
               const beacon::Locations& locations, const transfer::TransferOptions& options, beacon::Selector& selector)
    : Job(port, locations, options, selector), source_(std::move(source)), rules_(rules), quirks_(quirks) {}

Result<std::unique_ptr<Upload>> Upload::make(UploadSource source, const UploadRules& rules,
                                             channel::ServerQuirks& quirks, transfer::Port& port,
                                             const beacon::Locations& locations,
                                             const transfer::TransferOptions& options, beacon::Selector& selector) {
  std::unique_ptr<Upload> upload(new Upload(std::move(source), rules, quirks, port, locations, options, selector));
  if (auto taken = upload->take_digest(); !taken) return tl::unexpected(taken.error());
  return upload;
}

Status Upload::take_digest() {
  const std::uint64_t size = source_.facts.size;
  if (size <= largest_small) {
    if (auto read = read_small(); !read) return read;
  }
  if (rules_.digest_limit == 0 || size > rules_.digest_limit) return {};
  if (small_) {
    digest_ = field_of(ssl::sha256(*small_));
    return {};
  }
  auto digest = digest_of(*source_.content, source_.path, size);
  if (!digest) return tl::unexpected(digest.error());
  digest_ = field_of(*digest);
  return {};
}

Status Upload::read_small() {
  auto content = std::make_shared<std::string>(source_.facts.size, '\0');
  auto got = platform::read_at(*source_.content, source_.path, 0, content->data(), content->size());
  if (!got) return tl::unexpected(got.error());
  if (*got != content->size()) return became_shorter(source_.path);
  small_ = std::move(content);
  return {};
}

std::string Upload::path_at(const beacon::Location& location) const {
  return location.path(source_.type + "/" + source_.name);
}

transfer::Request Upload::request_for(const beacon::Location& location) {
  transfer::Request request;
  request.method = transfer::Method::put;
  request.path = path_at(location);
  request.body = {small_, source_.content, source_.facts.size, expectation_at(location)};
  if (request.body.asks_first()) {
    asked_first_.insert(location.id);
  } else {
    asked_first_.erase(location.id);
  }
  if (!digest_.empty()) request.headers.push_back("Content-Digest: " + digest_);
  request.limits.total = shortest_limit + seconds(source_.facts.size / slowest_upload);
  return request;
}

transfer::Expectation Upload::expectation_at(const beacon::Location& location) const {
  if (quirks_.rejects_expect.contains(location.id)) return transfer::Expectation::never;
  const bool asks = quirks_.requests_certificate_late.contains(location.id) || lost_silently_.contains(location.id);
  return asks ? transfer::Expectation::always : transfer::Expectation::by_size;
}

// A server that asks for the certificate after the request keeps the body meanwhile, in a buffer that may be too small,
// and answers 413 before it has asked. One that knows no expectation answers 417. And where the connection was lost
// while the body went out, the alert that says why our certificate was refused may be lost with it: with nothing but
// the head under way it arrives.
bool Upload::may_be_taken_otherwise(const beacon::Location& location, const transfer::Outcome& outcome) {
  const ssl::Handshake& seen = outcome.handshake;
  if (seen.requested_late) quirks_.requests_certificate_late.insert(location.id);
  const bool asked_first = asked_first_.contains(location.id);
  if (outcome.cause == transfer::Cause::broken && outcome.trouble == transfer::Trouble::no_alert) {
    return !asked_first && !quirks_.rejects_expect.contains(location.id) && lost_silently_.insert(location.id).second;
  }
  if (outcome.cause != transfer::Cause::answered) return false;
  if (outcome.reply.status == 417 && asked_first) {
    quirks_.rejects_expect.insert(location.id);
    return true;
  }
  const bool may_ask_late = location.tls && (!seen.certificate_requested || seen.requested_late);
  if (outcome.reply.status != 413 || asked_first || !may_ask_late) return false;
  quirks_.requests_certificate_late.insert(location.id);
  return !quirks_.rejects_expect.contains(location.id);
}

Job::Next Upload::judge(const beacon::Location& location, transfer::Outcome& outcome) {
  if (may_be_taken_otherwise(location, outcome)) return Next::again;
  if (outcome.cause == transfer::Cause::local_read) return Next::stop;
  if (outcome.cause != transfer::Cause::answered || !outcome.reply.good()) return Next::elsewhere;
  const auto now = platform::facts_of(*source_.content, source_.path);
  if (now && now->size == source_.facts.size && now->modified == source_.facts.modified) return Next::done;
  outcome.cause = transfer::Cause::local_read;
  outcome.local = Error(ErrorKind::local_file, "the file changed while it was sent",
                        "upload it again when its writer has finished");
  return Next::stop;
}

std::optional<transfer::Request> Upload::question(const beacon::Location& location) {
  const bool proven = quirks_.confirms_uploads.contains(location.id);
  if (rules_.verify == UploadVerify::none || (rules_.verify == UploadVerify::first && proven)) return std::nullopt;
  transfer::Request request;
  request.method = transfer::Method::head;
  request.path = path_at(location);
  request.limits.total = options().network_timeout;
  return request;
}

Job::Next Upload::judge_answer(const beacon::Location& location, transfer::Outcome& outcome) {
  if (outcome.cause != transfer::Cause::answered) return Next::elsewhere;
  const int status = outcome.reply.status;
  if (status >= 500 || status == 408 || status == 429) return Next::elsewhere;
  const auto length = outcome.reply.field("Content-Length");
  if (outcome.reply.good() && length && *length == std::to_string(source_.facts.size)) {
    quirks_.confirms_uploads.insert(location.id);
    return Next::done;
  }
  if (outcome.reply.good() && !length && rules_.verify == UploadVerify::first) {
    log::warning(
        fmt::format("beacon {} does not tell the length of an upload when it is asked for it, so that it is believed; "
                    "let it send Content-Length, or set UploadVerify=None",
                    location.label()));
    quirks_.confirms_uploads.insert(location.id);
    return Next::done;
  }
  const bool may_not_ask = status == 401 || status == 403 || status == 405;
  if (may_not_ask && rules_.verify == UploadVerify::first) {
    log::warning(
        fmt::format("beacon {} answers HTTP {} when it is asked for an upload, so that it is believed; allow "
                    "HEAD there, or set UploadVerify=None",
                    location.label(), status));
    quirks_.confirms_uploads.insert(location.id);
    return Next::done;
  }
  outcome.cause = transfer::Cause::not_kept;
  return Next::elsewhere;
}

}  // namespace muster::delivery
