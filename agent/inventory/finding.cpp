#include "agent/inventory/finding.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "ssl/digest.h"

namespace muster::inventory {
namespace {

enum class Piece : char { list = 'l', object = 'o', note = 'n', digest = 'd' };

// A letter, the lengths of two texts, the texts.
void append(std::string& bytes, Piece piece, std::string_view key, std::string_view text) {
  const std::uint64_t lengths[2] = {key.size(), text.size()};
  bytes += static_cast<char>(piece);
  bytes.append(reinterpret_cast<const char*>(lengths), sizeof lengths);
  bytes.append(key).append(text);
}

bool has_changing(const Record& record) {
  return std::any_of(record.fields().begin(), record.fields().end(), [](const Record::Field& field) {
    const auto* records = std::get_if<Records>(&field.value);
    return field.changing || (records != nullptr && std::any_of(records->begin(), records->end(), has_changing));
  });
}

}  // namespace

std::string encode(const Finding& finding) {
  std::string bytes;
  ssl::Sha256 digest;

  for (const Group& group : finding.groups) {
    if (group.records.empty() || (group.object && group.records.front().empty())) continue;
    std::string joined;
    for (const Record& record : group.records) {
      const std::string json = json_of(record);
      if (!joined.empty()) joined += ",\n";
      joined += json;
      const std::string lasting = has_changing(record) ? json_of_lasting(record) : json;
      if (lasting != "{}") digest.update(group.key + lasting);
    }
    append(bytes, group.object ? Piece::object : Piece::list, group.key, joined);
  }

  for (const std::string& note : finding.notes) append(bytes, Piece::note, "", note);
  append(bytes, Piece::digest, "", digest.finish());
  return bytes;
}

std::optional<WrittenFinding> decode(std::string_view bytes) {
  WrittenFinding finding;

  while (!bytes.empty()) {
    std::uint64_t lengths[2] = {};
    if (bytes.size() < 1 + sizeof lengths) return std::nullopt;
    const auto piece = static_cast<Piece>(bytes.front());
    std::memcpy(lengths, bytes.data() + 1, sizeof lengths);
    bytes.remove_prefix(1 + sizeof lengths);
    if (lengths[0] > bytes.size() || lengths[1] > bytes.size() - lengths[0]) return std::nullopt;

    std::string key(bytes.substr(0, lengths[0]));
    std::string text(bytes.substr(lengths[0], lengths[1]));
    bytes.remove_prefix(lengths[0] + lengths[1]);
    switch (piece) {
      case Piece::list: finding.groups.push_back({std::move(key), std::move(text), false}); break;
      case Piece::object: finding.groups.push_back({std::move(key), std::move(text), true}); break;
      case Piece::note: finding.notes.push_back(std::move(text)); break;
      case Piece::digest: finding.digest = std::move(text); break;
      default: return std::nullopt;
    }
  }

  if (finding.digest.empty()) return std::nullopt;
  return finding;
}

}  // namespace muster::inventory
