// What lies on a beacon: a policy document as it is, or in an envelope with a signature over its exact bytes:
// {"signed_policy": BASE64, "signature": BASE64}. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/policy/json_value.h"
#include "platform/base/result.h"

namespace muster::policy {

constexpr std::uint64_t max_file_size = 512ULL * 1024;  // bytes; of the envelope

struct Opened {
  std::string document;    // the exact bytes
  bool is_signed = false;  // by the key that was given
};

// `key` is the raw Ed25519 key of PolicyKeyFile; empty: none is configured, and a signature is not checked. With a
// key everything else than a good signature by it is refused. The error holds the reason alone.
Result<Opened> open_envelope(std::string_view file, std::string_view key);

// The bytes that a member holds as base64 (RFC 4648, strictly). The error holds the reason alone.
Result<std::string> decoded_member(const JsonValue& envelope, std::string_view name);

}  // namespace muster::policy
