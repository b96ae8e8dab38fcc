#include "agent/delivery/part_file.h"

#include <fmt/core.h>

#include <array>

#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/open_file.h"
#include "ssl/digest.h"

namespace muster::delivery {
namespace {

constexpr std::uint64_t longest_validator = 1024;

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) { return path += suffix; }

// Only a strong one promises equal bytes (RFC 9110, 8.8.1).
std::string strong_validator(const transfer::Reply& reply) {
  const std::string tag = reply.field("ETag").value_or("");
  return tag.starts_with('"') && tag.size() <= longest_validator ? tag : "";
}

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t whole = 0;
};

// "bytes 100-199/200"; an unknown total ("*") is of no use here.
std::optional<ContentRange> parse_content_range(std::string_view value) {
  if (!text::starts_with_ignoring_case(value, "bytes ")) return std::nullopt;
  value.remove_prefix(6);
  const auto dash = value.find('-');
  const auto slash = value.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  const auto first = text::to_number(value.substr(0, dash));
  const auto last = text::to_number(value.substr(dash + 1, slash - dash - 1));
  const auto whole = text::to_number(value.substr(slash + 1));
  if (!first || !last || !whole || *last + 1 != *whole) return std::nullopt;
  return ContentRange{*first, *whole};
}

// The base64 text of "sha-256=:...:" in a digest field, empty when there is none.
std::string sha256_member(const std::string& field) {
  for (const std::string& member : text::split(field, ',')) {
    if (!text::starts_with_ignoring_case(member, "sha-256=:") || !member.ends_with(':')) continue;
    return member.substr(9, member.size() - 10);
  }
  return {};
}

tl::unexpected<Error> refuse(std::string what) {
  return fail(ErrorKind::refused, std::move(what), "the part was dropped: try again");
}

}  // namespace

PartFile::PartFile(std::filesystem::path target, platform::PlacedFile file, std::uint64_t size, std::string validator)
    : target_(std::move(target)),
      validator_path_(with_suffix(target_, ".part.etag")),
      file_(std::move(file)),
      size_(size),
      validator_(std::move(validator)) {}

PartFile::~PartFile() {
  if (placed_) return;
  if (resume_fields().empty()) {
    forget_validator();
  } else {
    file_.keep();
  }
}

Result<std::shared_ptr<PartFile>> PartFile::open(const std::filesystem::path& target) {
  auto file = platform::PlacedFile::open(with_suffix(target, ".part"), target, true);
  if (!file) return tl::unexpected(file.error());
  auto size = file->size();
  if (!size) return tl::unexpected(size.error());
  std::string validator;
  if (*size > 0) {
    if (auto kept = platform::read_file(with_suffix(target, ".part.etag"), longest_validator)) validator = *kept;
  }
  return std::shared_ptr<PartFile>(new PartFile(target, std::move(*file), *size, std::move(validator)));
}

std::vector<std::string> PartFile::resume_fields() const {
  if (size_ == 0 || !validator_.starts_with('"') || validator_ != text::printable(validator_)) return {};
  return {fmt::format("Range: bytes={}-", size_), "If-Range: " + validator_};
}

Status PartFile::begin(const transfer::Reply& reply) {
  begun_ = true;
  return reply.status == 206 ? continue_from(reply) : start_over(reply);
}

Status PartFile::continue_from(const transfer::Reply& reply) {
  const auto range = parse_content_range(reply.field("Content-Range").value_or(""));
  const std::string tag = strong_validator(reply);
  if (resume_fields().empty() || !range || range->first != size_ || (!tag.empty() && tag != validator_)) {
    return fail(ErrorKind::refused, "the beacon answered with another part than the one that was asked for",
                "remove the .part file and try again");
  }
  whole_size_ = range->whole;
  resumed_ = true;
  return {};
}

Status PartFile::start_over(const transfer::Reply& reply) {
  if (auto emptied = file_.truncate(); !emptied) return emptied;
  size_ = 0;
  resumed_ = false;
  whole_size_ = text::to_number(reply.field("Content-Length").value_or(""));
  validator_ = strong_validator(reply);
  if (validator_.empty()) {
    forget_validator();
    return {};
  }
  return platform::write_file(validator_path_, validator_, 0644);
}

Status PartFile::write(std::string_view bytes) {
  if (auto written = platform::write_at(file_.file(), target_, size_, bytes); !written) return written;
  size_ += bytes.size();
  return {};
}

Status PartFile::finish(const transfer::Reply& reply) {
  if (!begun_) {
    if (auto emptied = start_over(reply); !emptied) return emptied;
  }
  Status good;
  if (whole_size_ && *whole_size_ != size_) {
    good = refuse(fmt::format("{} bytes came instead of {}", size_, *whole_size_));
  } else {
    good = verify_digest(reply);
  }
  if (!good) {
    if (auto emptied = discard(); !emptied) return emptied;
    return good;
  }
  if (auto placed = file_.place(reply.modified); !placed) return placed;
  placed_ = true;
  forget_validator();
  return {};
}

Status PartFile::verify_digest(const transfer::Reply& reply) const {
  std::string expected = sha256_member(reply.field("Repr-Digest").value_or(""));
  if (expected.empty() && reply.status == 200) expected = sha256_member(reply.field("Content-Digest").value_or(""));
  if (expected.empty()) return {};
  ssl::Sha256 hash;
  std::array<char, 65536> buffer{};
  for (std::uint64_t at = 0; at < size_;) {
    auto got = platform::read_at(file_.file(), target_, at, buffer.data(), buffer.size());
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) break;
    hash.update({buffer.data(), *got});
    at += *got;
  }
  if (text::base64(hash.finish()) == expected) return {};
  return refuse("the content does not have the SHA-256 digest that the beacon names");
}

Status PartFile::discard() {
  begun_ = false;
  size_ = 0;
  validator_.clear();
  forget_validator();
  return file_.truncate();
}

void PartFile::forget_validator() {
  std::error_code ignored;  // one without its part is harmless
  std::filesystem::remove(validator_path_, ignored);
}

}  // namespace muster::delivery
