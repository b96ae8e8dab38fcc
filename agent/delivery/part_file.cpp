#include "agent/delivery/part_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/log.h"

namespace muster::delivery {
namespace {

constexpr std::uint64_t longest_tag = 1024;
constexpr std::uint64_t longest_record = 2048;
constexpr std::size_t digest_size = 44;  // base64 of 32 bytes

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) { return path += suffix; }

// Only a strong one promises equal bytes (RFC 9110, 8.8.1).
std::string strong_tag(const std::string& tag) {
  return tag.starts_with('"') && tag.size() <= longest_tag && tag == text::printable(tag) ? tag : "";
}

std::string to_record(const Version& version) {
  return fmt::format("{}\n{}\n{}\n", version.tag, version.length ? std::to_string(*version.length) : "",
                     version.digest);
}

Version from_record(const std::string& record) {
  auto lines = text::split_exactly(record, '\n');
  lines.resize(3);
  return {strong_tag(lines[0]), text::to_number(lines[1]), lines[2].size() == digest_size ? lines[2] : ""};
}

// Opened as what we would write ourselves: a link or another user's file could make us keep a wrong part.
Version read_version(const std::filesystem::path& path) {
  if (platform::absent(path)) return {};
  auto file = platform::AtomicFile::open(path, path, true);
  if (!file) {
    log::info(file.error().line());
    return {};
  }
  file->keep();
  const auto record = platform::read_all(file->file(), path, longest_record);
  return record ? from_record(*record) : Version{};
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
  if (!first || !last || !whole || *last < *first || *last >= *whole || *whole - *last != 1) return std::nullopt;
  return ContentRange{*first, *whole};
}

Version version_of(const transfer::Reply& reply, std::optional<std::uint64_t> length, const StatedDigests& digests) {
  return {strong_tag(reply.field("ETag").value_or("")), length, digests.sha256};
}

tl::unexpected<Error> refuse(std::string what) {
  return fail(ErrorKind::refused, std::move(what), "nothing was kept of it: try again");
}

}  // namespace

bool Version::continued_by(const Version& other) const {
  if (length && other.length != length) return false;
  if (!digest.empty() && !other.digest.empty() && other.digest != digest) return false;
  if (!tag.empty()) return other.tag == tag;
  return length && !digest.empty() && other.digest == digest;
}

PartFile::PartFile(std::filesystem::path target, platform::AtomicFile file, std::uint64_t size, Version version,
                   std::uint64_t max_size)
    : target_(std::move(target)),
      version_path_(with_suffix(target_, ".part.etag")),
      file_(std::move(file)),
      size_(size),
      max_size_(max_size),
      version_(std::move(version)) {}

PartFile::~PartFile() {
  if (placed_) return;
  if (resume_fields().empty()) {
    forget_version();
  } else {
    file_.keep();
  }
}

Status PartFile::check_size(std::uint64_t size) {
  auto allowed = check_download_size(size, max_size_);
  if (!allowed) is_too_large_ = true;
  return allowed;
}

Result<std::shared_ptr<PartFile>> PartFile::open(const std::filesystem::path& target, std::uint64_t max_size) {
  auto file = platform::AtomicFile::open(with_suffix(target, ".part"), target, true);
  if (!file) return tl::unexpected(file.error());
  auto size = file->size();
  if (!size) return tl::unexpected(size.error());
  Version version;
  if (*size > 0) version = read_version(with_suffix(target, ".part.etag"));
  return std::shared_ptr<PartFile>(new PartFile(target, std::move(*file), *size, std::move(version), max_size));
}

std::vector<std::string> PartFile::resume_fields() const {
  if (size_ == 0 || !version_.can_be_resumed()) return {};
  std::vector<std::string> fields{fmt::format("Range: bytes={}-", size_)};
  if (!version_.tag.empty()) fields.push_back("If-Range: " + version_.tag);
  return fields;
}

Status PartFile::begin(const transfer::Reply& reply) {
  begun_ = true;
  if (auto consistent = check_consistency(reply); !consistent) return consistent;
  return reply.status == 206 ? continue_from(reply) : start_over(reply);
}

Status PartFile::continue_from(const transfer::Reply& reply) {
  const auto range = parse_content_range(reply.field("Content-Range").value_or(""));
  if (resume_fields().empty() || !range || range->first != size_) {
    return refuse("the beacon answered with another part than the one that was asked for");
  }
  const auto digests = digests_of_whole(reply);
  if (!digests) return tl::unexpected(digests.error());
  if (auto part = digests_of_part(reply); !part) return tl::unexpected(part.error());

  const Version named = version_of(reply, range->whole, *digests);
  if (!version_.continued_by(named)) return refuse("the beacon answered with a part of another version");
  if (auto allowed = check_size(range->whole); !allowed) return allowed;
  answer_begin_ = size_;
  version_.length = named.length;
  if (version_.digest.empty()) version_.digest = named.digest;
  resumed_ = true;
  return {};
}

Status PartFile::start_over(const transfer::Reply& reply) {
  const auto digests = digests_of_whole(reply);
  if (!digests) return tl::unexpected(digests.error());

  Version named = version_of(reply, text::to_number(reply.field("Content-Length").value_or("")), *digests);
  const bool same_tag = !version_.tag.empty() && named.tag == version_.tag;
  const bool other_length = named.length && version_.length && named.length != version_.length;
  const bool other_digest = !named.digest.empty() && !version_.digest.empty() && named.digest != version_.digest;
  if (same_tag && (other_length || other_digest)) {
    return refuse("the beacon gives two versions the same ETag");
  }
  if (auto allowed = check_size(named.length.value_or(0)); !allowed) return allowed;

  if (auto emptied = file_.truncate(); !emptied) return emptied;
  size_ = answer_begin_ = 0;
  resumed_ = false;
  version_ = std::move(named);
  if (version_.can_be_resumed()) return platform::write_file(version_path_, to_record(version_), 0644);
  forget_version();
  return {};
}

Status PartFile::write(std::string_view bytes) {
  if (version_.length && bytes.size() > *version_.length - std::min(size_, *version_.length)) {
    return refuse(fmt::format("more than the {} bytes came that the beacon named", *version_.length));
  }
  if (auto allowed = check_size(size_ + bytes.size()); !allowed) return allowed;
  if (auto written = platform::write_at(file_.file(), target_, size_, bytes); !written) {
    Error error = written.error();
    if (error.remedy.empty()) error.remedy = "make room on its disk and try again";
    return fail(std::move(error));
  }
  size_ += bytes.size();
  return {};
}

Status PartFile::finish(const transfer::Reply& reply) {
  if (!begun_) {
    if (auto empty = begin(reply); !empty) return empty;
  }
  if (version_.length && *version_.length != size_) {
    return refuse(fmt::format("{} bytes came instead of {}", size_, *version_.length));
  }
  if (auto good = verify_digests(reply); !good) return good;
  if (auto placed = file_.place(reply.modified); !placed) return placed;
  placed_ = true;
  forget_version();
  return {};
}

Status PartFile::verify_digests(const transfer::Reply& reply) const {
  auto whole = digests_of_whole(reply);
  if (!whole) return tl::unexpected(whole.error());
  if (whole->sha256.empty()) whole->sha256 = version_.digest;
  if (auto good = verify(std::move(*whole), 0); !good) return good;

  auto part = digests_of_part(reply);
  if (!part) return tl::unexpected(part.error());
  return verify(std::move(*part), answer_begin_);
}

// From there to the end.
Status PartFile::verify(StatedDigests stated, std::uint64_t first) const {
  if (stated.empty()) return {};
  DigestCheck check(std::move(stated));
  std::array<char, 65536> buffer{};

  for (std::uint64_t at = first; at < size_;) {
    auto got = platform::read_at(file_.file(), target_, at, buffer.data(), buffer.size());
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) break;
    check.update({buffer.data(), *got});
    at += *got;
  }
  return check.finish();
}

Status PartFile::discard() {
  begun_ = false;
  size_ = answer_begin_ = 0;
  resumed_ = false;
  version_ = {};
  forget_version();
  return file_.truncate();
}

void PartFile::forget_version() {
  std::error_code ignored;  // one without its part is harmless
  std::filesystem::remove(version_path_, ignored);
}

}  // namespace muster::delivery
