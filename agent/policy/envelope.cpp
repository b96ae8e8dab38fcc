#include "agent/policy/envelope.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "agent/policy/document.h"
#include "agent/policy/json_value.h"
#include "ssl/signature.h"

namespace muster::policy {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// RFC 4648, 4, strictly: padded, without line breaks.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  text.remove_suffix(padding);

  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;

  for (const char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xffU);
  }
  return bytes;
}

}  // namespace

Result<std::string> decoded_member(const JsonValue& envelope, std::string_view name) {
  const JsonValue* const member = envelope.find(name);
  if (member == nullptr) return refuse(std::string(name) + " is missing");
  auto bytes = member->kind == JsonValue::Kind::text ? decode_base64(member->text) : std::nullopt;
  if (bytes) return std::move(*bytes);
  return refuse(std::string(name) + " must be base64 (RFC 4648)");
}

Result<Opened> open_envelope(std::string_view file, std::string_view key) {
  const auto value = parse_json(file);
  if (!value) return fail(value.error());
  if (value->find("signed_policy") == nullptr) {
    if (!key.empty()) return refuse("it is not signed, and PolicyKeyFile asks for a signature");
    return Opened{std::string(file), false};
  }
  if (value->names.size() != 2) return refuse("an envelope has signed_policy and signature, and nothing else");

  auto document = decoded_member(*value, "signed_policy");
  if (!document) return fail(document.error());
  const auto signature = decoded_member(*value, "signature");
  if (!signature) return fail(signature.error());
  if (key.empty()) return Opened{std::move(*document), false};
  if (!ssl::is_signed_by(key, *document, *signature)) return refuse("it is not signed by the key in PolicyKeyFile");
  return Opened{std::move(*document), true};
}

}  // namespace muster::policy
