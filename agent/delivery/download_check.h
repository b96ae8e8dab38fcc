// Checks of what a download brings: its size, the digests that its answer states (RFC 9530), and that it does not
// contradict itself.
#pragma once

#include <string>
#include <string_view>

#include "agent/transfer/reply.h"
#include "platform/base/result.h"
#include "ssl/digest.h"

namespace muster::delivery {

// Base64; empty: not stated. Algorithms other than these two are ignored.
struct StatedDigests {
  std::string sha256;
  std::string sha512;

  bool empty() const { return sha256.empty() && sha512.empty(); }
};

// Of the whole resource: Repr-Digest, and Content-Digest of a 200. An error of kind refused where one is malformed, or
// where two of one algorithm differ.
Result<StatedDigests> digests_of_whole(const transfer::Reply& reply);

// Of the bytes in this very answer: Content-Digest of a 206. Errors as above.
Result<StatedDigests> digests_of_part(const transfer::Reply& reply);

// Fails where one of the fields that may stand there once has two values: such an answer contradicts itself.
Status check_consistency(const transfer::Reply& reply);

// Fails where MaximumDownloadSize is exceeded.
Status check_download_size(std::uint64_t size, std::uint64_t max_size);

// Hashes what it is given, by the algorithms that are needed alone.
class DigestCheck {
 public:
  explicit DigestCheck(StatedDigests stated) : stated_(std::move(stated)) {}

  void update(std::string_view bytes);

  // Once, after the last byte. An error of kind refused where a digest differs.
  Status finish();

 private:
  StatedDigests stated_;
  ssl::Sha256 sha256_;
  ssl::Sha512 sha512_;
};

}  // namespace muster::delivery
