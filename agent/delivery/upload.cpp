#include "agent/delivery/upload.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "agent/spool/entry_name.h"
#include "platform/base/text.h"
#include "platform/file_io.h"
#include "platform/log.h"
#include "ssl/digest.h"

namespace muster::delivery {
namespace {

constexpr std::uint64_t max_answer = 64 << 10;     // bytes of the answer to an upload
constexpr unsigned max_questions = 2;              // whether the beacon has what it accepted
constexpr std::uint64_t largest_small = 32 << 10;  // read once, into memory

tl::unexpected<Error> became_shorter(const std::filesystem::path& path) {
  return fail(ErrorKind::local_file, fmt::format("cannot upload {}: it became shorter", path.string()),
              "upload it again when its writer has finished");
}

std::string field_of(std::string_view hash) { return "sha-256=:" + text::base64(hash) + ":"; }

}  // namespace

bool takes_digest(const UploadRules& rules, std::uint64_t size) {
  return rules.digest_limit != 0 && size <= rules.digest_limit;
}

Result<std::string> content_digest(const UploadSource& source, const std::atomic<bool>* stop) {
  ssl::Sha256 hash;
  std::array<char, 65536> buffer{};
  for (std::uint64_t at = 0; at < source.facts.size;) {
    if (stop != nullptr && *stop) return fail(ErrorKind::failure, "the digest was given up");
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), source.facts.size - at));
    const auto got = platform::read_at(*source.content, source.path, at, buffer.data(), wanted);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return became_shorter(source.path);
    hash.update({buffer.data(), *got});
    at += *got;
  }
  return hash.finish();
}

Status check_type(const std::string& type) {
  constexpr std::size_t max_length = 255;  // of a folder's name
  constexpr std::size_t max_shown = 60;
  if (spool::is_type(type) && type.size() <= max_length) return {};
  return fail(ErrorKind::usage, fmt::format("'{}' is not a type of upload", type.substr(0, max_shown)),
              "name one folder, such as Inventories");
}

Result<UploadSource> open_source(const std::filesystem::path& path, const std::string& type) {
  if (auto valid = check_type(type); !valid) return tl::unexpected(valid.error());
  auto file = platform::open_regular(path);
  if (!file) return tl::unexpected(file.error());
  auto facts = platform::facts_of(*file, path);
  if (!facts) return tl::unexpected(facts.error());
  return UploadSource{path,   path.filename().string(),
                      type,   std::make_shared<const platform::UniqueFd>(std::move(*file)),
                      *facts, std::nullopt};
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
  if (!takes_digest(rules_, size)) return {};
  if (small_) {
    digest_ = field_of(ssl::sha256(*small_));
    return {};
  }

  auto digest = source_.digest ? Result<std::string>(*source_.digest) : content_digest(source_);
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
  request.limits.total = options().total_time(source_.facts.size);
  request.limits.largest_reply = max_answer;
  return request;
}

transfer::Expectation Upload::expectation_at(const beacon::Location& location) const {
  if (quirks_.rejects_expect.contains(location.id) || sends_unasked_.contains(location.id)) {
    return transfer::Expectation::never;
  }
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
    return !quirks_.rejects_expect.contains(location.id) && lost_silently_.insert(location.id).second;
  }
  if (outcome.cause == transfer::Cause::early_answer && asked_first && outcome.sent == 0) {
    return sends_unasked_.insert(location.id).second;
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
  using transfer::Cause;
  if (may_be_taken_otherwise(location, outcome)) return Next::again;
  if (outcome.cause == Cause::local_read) return Next::stop;
  if (outcome.cause == Cause::early_answer) {
    const std::string rest = outcome.detail.empty() ? "the rest was not sent" : outcome.detail;
    return fail_early(location, outcome, fmt::format("HTTP {} came first, then: {}", outcome.reply.status, rest));
  }
  if (outcome.cause != Cause::answered) return Next::elsewhere;

  if (outcome.reply.status == 400) return judge_bad_request(location, outcome);
  if (!outcome.reply.good()) return Next::elsewhere;
  return judge_acceptance(outcome);
}

// nginx answers so where it refuses a certificate, with a page of the administrator's own where there is one. Where the
// certificate was accepted before, it may have been revoked since: then the beacon answers so to every request.
Job::Next Upload::judge_bad_request(const beacon::Location& location, transfer::Outcome& outcome) {
  if (quirks_.accepts_uploads.contains(location.id)) {
    doubted_ = outcome.reply;
    return Next::done;  // once it is known what the 400 is about
  }
  outcome.cause = transfer::Cause::unproven_refusal;
  return Next::elsewhere;
}

// `outcome` is the answer to a request for the beacon's folder.
Job::Next Upload::judge_doubt(const beacon::Location& location, transfer::Outcome& outcome) {
  const bool answered = outcome.cause == transfer::Cause::answered && !is_busy(outcome.reply.status);
  const bool is_about_file = answered && outcome.reply.status != 400;
  if (!is_about_file) quirks_.accepts_uploads.erase(location.id);

  outcome.cause = is_about_file ? transfer::Cause::answered : transfer::Cause::unproven_refusal;
  outcome.reply = std::move(*doubted_);
  doubted_.reset();
  return Next::elsewhere;
}

void Upload::note_accepted(const beacon::Location& location) {
  if (!acceptance_.early) quirks_.accepts_uploads.insert(location.id);
}

Job::Next Upload::judge_acceptance(transfer::Outcome& outcome) {
  acceptance_ = acceptance_of(outcome);
  questions_ = 0;

  const auto now = platform::facts_of(*source_.content, source_.path);
  if (now && now->size == source_.facts.size && now->modified == source_.facts.modified) return Next::done;
  outcome.cause = transfer::Cause::local_read;
  outcome.local = Error(ErrorKind::local_file, "the file changed while it was sent",
                        "upload it again when its writer has finished");
  return Next::stop;
}

std::optional<transfer::Request> Upload::question(const beacon::Location& location) {
  transfer::Request request;
  request.method = transfer::Method::head;
  request.limits.total = options().network_timeout;
  if (doubted_) {
    request.path = location.path("");
    return request;
  }

  const bool proven = quirks_.confirms_uploads.contains(location.id) && !is_page_for_all(acceptance_);
  const bool enough = rules_.verify == UploadVerify::none || (rules_.verify == UploadVerify::first && proven);
  if (enough && !acceptance_.early) {
    note_accepted(location);
    forget_early_answers();
    return std::nullopt;
  }

  request.path = path_at(location);
  request.new_connection = acceptance_.early;
  return request;
}

Job::Next Upload::judge_answer(const beacon::Location& location, transfer::Outcome& outcome) {
  if (doubted_) return judge_doubt(location, outcome);

  switch (proof_of(acceptance_, rules_.verify, source_.facts.size, outcome)) {
    case Proof::kept:
      if (!acceptance_.early) quirks_.confirms_uploads.insert(location.id);
      break;
    case Proof::believed: believe(location, outcome); break;
    case Proof::busy: return acceptance_.early ? judge_absence(location, outcome) : judge_silence(location, outcome);
    case Proof::absent: return judge_absence(location, outcome);
  }

  note_accepted(location);
  forget_early_answers();
  return Next::done;
}

// It accepted the upload, and cannot be asked about it. Where that stays so, sending the file again would go on for
// ever.
Job::Next Upload::judge_silence(const beacon::Location& location, transfer::Outcome& outcome) {
  if (++questions_ < max_questions) return Next::ask_again;
  if (rules_.verify == UploadVerify::all || is_page_for_all(acceptance_)) return Next::elsewhere;

  believe(location, outcome);
  note_accepted(location);
  forget_early_answers();
  return Next::done;
}

Job::Next Upload::judge_absence(const beacon::Location& location, transfer::Outcome& outcome) {
  if (!acceptance_.early) {
    outcome.cause = transfer::Cause::not_kept;
    return Next::elsewhere;
  }

  // What answered early may still be passing the file on.
  if (++questions_ < max_questions) return Next::ask_again;
  const auto length = outcome.reply.good() ? outcome.reply.field("Content-Length") : std::nullopt;
  const std::string found = outcome.cause != transfer::Cause::answered ? "was not answered"
                            : length ? fmt::format("finds {} of {} bytes", *length, source_.facts.size)
                                     : fmt::format("gets HTTP {}", outcome.reply.status);
  return fail_early(location, outcome, fmt::format("HTTP {} came first, and HEAD {}", acceptance_.status, found));
}

// Once for each location and channel.
void Upload::believe(const beacon::Location& location, const transfer::Outcome& outcome) {
  quirks_.confirms_uploads.insert(location.id);
  const int status = outcome.reply.status;
  const bool unanswered = outcome.cause != transfer::Cause::answered;
  if (unanswered || is_busy(status)) {
    return log::warning(fmt::format(
        "beacon {} accepted an upload with HTTP {} and cannot be asked about it ({}), so its acceptance is "
        "believed; let it answer HEAD, or set UploadVerify=None",
        location.label(), acceptance_.status, unanswered ? outcome.detail : fmt::format("HTTP {} to HEAD", status)));
  }

  if (outcome.reply.good()) {
    return log::warning(
        fmt::format("beacon {} does not report the length in its answer to HEAD, so an upload cannot be verified; "
                    "let it send Content-Length, or set UploadVerify=None",
                    location.label()));
  }

  if (forbids_head(outcome)) {
    return log::warning(fmt::format(
        "beacon {} answers HTTP {} to HEAD, so an upload cannot be verified; allow HEAD on the beacon, or set "
        "UploadVerify=None",
        location.label(), status));
  }

  log::info(fmt::format(
      "beacon {} answers HTTP {} to HEAD for an upload that it accepted with HTTP {}: it takes uploads away "
      "at once, and its acceptance is believed",
      location.label(), status, acceptance_.status));
}

Job::Next Upload::fail_early(const beacon::Location& location, transfer::Outcome& outcome, std::string detail) {
  outcome.cause = transfer::Cause::early_answer;
  outcome.detail = std::move(detail);
  if (rules_.early_answers) rules_.early_answers->add(file(), location.id, wall_now());
  return Next::elsewhere;
}

void Upload::forget_early_answers() const {
  if (rules_.early_answers) rules_.early_answers->forget(file().name);
}

std::optional<transfer::Outcome> Upload::excluded(const beacon::Location& location) const {
  if (!rules_.early_answers || !rules_.early_answers->excludes(file(), location.id, wall_now())) return std::nullopt;
  transfer::Outcome outcome;
  outcome.cause = transfer::Cause::early_answer;
  outcome.detail = fmt::format("after {} tries it is not used for this file", EarlyAnswers::max_tries);
  return outcome;
}

}  // namespace muster::delivery
