#include "agent/delivery/upload.h"

#include <fmt/core.h>

#include <array>

#include "platform/base/text.h"
#include "platform/open_file.h"
#include "ssl/digest.h"

namespace muster::delivery {
namespace {

constexpr std::uint64_t slowest_upload = 4096;  // bytes a second, for the limit on the whole exchange
constexpr seconds shortest_limit{300};

// One folder below the beacon's upload directory, never a way out of it.
bool is_folder_name(std::string_view type) {
  return !type.empty() && type.front() != '.' && type.find('/') == std::string_view::npos &&
         type == text::printable(type);
}

Result<std::string> digest_of(const platform::UniqueFd& file, const std::filesystem::path& path, std::uint64_t size) {
  ssl::Sha256 hash;
  std::array<char, 65536> buffer{};
  for (std::uint64_t at = 0; at < size;) {
    auto got = platform::read_at(file, path, at, buffer.data(), buffer.size());
    if (!got) return tl::unexpected(got.error());
    if (*got == 0)
      return fail(ErrorKind::local_file, fmt::format("cannot upload {}: it became shorter", path.string()));
    hash.update({buffer.data(), *got});
    at += *got;
  }
  return "sha-256=:" + text::base64(hash.finish()) + ":";
}

}  // namespace

Upload::Upload(UploadPlan plan, transfer::Port& port, const beacon::Locations& locations, const transfer::Terms& terms)
    : Job(port, locations, terms), plan_(std::move(plan)) {}

Result<std::unique_ptr<Upload>> Upload::open(UploadPlan plan, transfer::Port& port, const beacon::Locations& locations,
                                             const transfer::Terms& terms) {
  if (!is_folder_name(plan.type)) {
    return fail(ErrorKind::usage, fmt::format("'{}' is not a type of upload", plan.type),
                "name one folder, such as Inventories");
  }
  std::unique_ptr<Upload> upload(new Upload(std::move(plan), port, locations, terms));
  if (auto read = upload->read_file(); !read) return tl::unexpected(read.error());
  return upload;
}

Status Upload::read_file() {
  auto file = platform::open_regular(plan_.file);
  if (!file) return tl::unexpected(file.error());
  auto facts = platform::facts_of(*file, plan_.file);
  if (!facts) return tl::unexpected(facts.error());
  facts_ = *facts;
  if (plan_.digest_limit > 0 && facts_.size <= plan_.digest_limit) {
    auto digest = digest_of(*file, plan_.file, facts_.size);
    if (!digest) return tl::unexpected(digest.error());
    digest_ = std::move(*digest);
  }
  content_ = std::make_shared<const platform::UniqueFd>(std::move(*file));
  return {};
}

std::string Upload::path_at(const beacon::Location& location) const {
  return location.path(plan_.type + "/" + plan_.file.filename().string());
}

transfer::Request Upload::request_for(const beacon::Location& location) {
  transfer::Request request;
  request.method = transfer::Method::put;
  request.path = path_at(location);
  request.body = {content_, facts_.size};
  if (!digest_.empty()) request.headers.push_back("Content-Digest: " + digest_);
  request.limits.total = shortest_limit + seconds(facts_.size / slowest_upload);
  return request;
}

Job::Next Upload::judge(transfer::Outcome& outcome) {
  if (outcome.cause == transfer::Cause::local_read) return Next::stop;
  if (outcome.cause != transfer::Cause::answered || !outcome.reply.good()) return Next::elsewhere;
  const auto now = platform::facts_of(*content_, plan_.file);
  if (now && now->size == facts_.size && now->modified == facts_.modified) return Next::done;
  outcome.cause = transfer::Cause::local_read;
  outcome.local = Error(ErrorKind::local_file, "the file changed while it was sent",
                        "upload it again when its writer has finished");
  return Next::stop;
}

Status Upload::remove_source() const { return platform::remove_if_same(plan_.file, facts_); }

}  // namespace muster::delivery
