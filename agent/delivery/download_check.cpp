#include "agent/delivery/download_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "platform/base/text.h"

namespace muster::delivery {
namespace {

constexpr std::size_t sha256_length = 44;  // base64 of 32 bytes
constexpr std::size_t sha512_length = 88;  // of 64 bytes

tl::unexpected<Error> refuse(std::string problem) {
  return fail(ErrorKind::refused, std::move(problem),
              "nothing was kept of it; check what the beacon, or a proxy before it, sends");
}

bool is_base64(std::string_view value, std::size_t length) {
  if (value.size() != length) return false;
  const std::size_t digits = value.find_last_not_of('=') + 1;
  const bool padded_well = length - digits <= 2;
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return padded_well && std::all_of(value.begin(), value.begin() + static_cast<long>(digits), is_digit);
}

// The base64 of ":...:" or ":...:;parameters" (RFC 8941, 3.3.5); empty where it is anything else.
std::string_view byte_sequence(std::string_view value) {
  if (!value.starts_with(':')) return {};
  const std::size_t end = value.find(':', 1);
  if (end == std::string_view::npos) return {};
  const std::string_view rest = text::trim(value.substr(end + 1));
  return rest.empty() || rest.starts_with(';') ? value.substr(1, end - 1) : std::string_view{};
}

Status take(std::string& known, std::string_view value, std::size_t length, std::string_view where) {
  const std::string_view digest = byte_sequence(value);
  if (!is_base64(digest, length)) return refuse(fmt::format("a digest in the beacon's {} cannot be read", where));
  if (!known.empty() && known != digest) return refuse("the beacon states two digests that contradict each other");
  known = digest;
  return {};
}

Status take_field(StatedDigests& digests, const transfer::Reply& reply, std::string_view name) {
  for (const auto& [field, value] : reply.fields) {
    if (!text::equal_ignoring_case(field, name)) continue;

    for (const std::string& member : text::split(value, ',')) {
      const std::size_t equals = member.find('=');
      const std::string key = text::lower(text::trim(std::string_view(member).substr(0, equals)));
      const std::string_view rest =
          equals == std::string::npos ? std::string_view{} : std::string_view(member).substr(equals + 1);

      Status taken;
      if (key == "sha-256") taken = take(digests.sha256, text::trim(rest), sha256_length, name);
      if (key == "sha-512") taken = take(digests.sha512, text::trim(rest), sha512_length, name);
      if (!taken) return taken;
    }
  }
  return {};
}

}  // namespace

Result<StatedDigests> digests_of_whole(const transfer::Reply& reply) {
  StatedDigests digests;
  if (auto taken = take_field(digests, reply, "Repr-Digest"); !taken) return tl::unexpected(taken.error());

  // The content of a 200 is the whole; that of a 206 is a part of it.
  if (reply.status == 200) {
    if (auto taken = take_field(digests, reply, "Content-Digest"); !taken) return tl::unexpected(taken.error());
  }
  return digests;
}

Result<StatedDigests> digests_of_part(const transfer::Reply& reply) {
  StatedDigests digests;
  if (reply.status != 206) return digests;
  if (auto taken = take_field(digests, reply, "Content-Digest"); !taken) return tl::unexpected(taken.error());
  return digests;
}

Status check_download_size(std::uint64_t size, std::uint64_t max_size) {
  if (size <= max_size) return {};
  return fail(ErrorKind::refused, fmt::format("it is larger than MaximumDownloadSize allows ({} bytes)", max_size),
              "check the resource on the beacon, or raise MaximumDownloadSize");
}

Status check_consistency(const transfer::Reply& reply) {
  for (const char* const name : {"ETag", "Content-Range", "Last-Modified"}) {
    const auto first = reply.field(name);
    for (const auto& [field, value] : reply.fields) {
      if (!text::equal_ignoring_case(field, name) || value == *first) continue;
      return fail(ErrorKind::refused, fmt::format("the beacon's answer has two values of {}", name),
                  "check the beacon, and proxies that alter its answers");
    }
  }
  return {};
}

void DigestCheck::update(std::string_view bytes) {
  if (!stated_.sha256.empty()) sha256_.update(bytes);
  if (!stated_.sha512.empty()) sha512_.update(bytes);
}

Status DigestCheck::finish() {
  if (!stated_.sha256.empty() && text::base64(sha256_.finish()) != stated_.sha256) {
    return refuse("the content does not have the SHA-256 digest that the beacon names");
  }
  if (!stated_.sha512.empty() && text::base64(sha512_.finish()) != stated_.sha512) {
    return refuse("the content does not have the SHA-512 digest that the beacon names");
  }
  return {};
}

}  // namespace muster::delivery
