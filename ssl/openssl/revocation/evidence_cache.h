// The files of fetched evidence. Private to ssl/openssl/.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ssl/evidence.h"

namespace muster::ssl {

// One place as one issuer's certificates use it.
struct PlaceKey {
  WantedEvidence::Kind kind;
  std::string text;  // unique
};

class EvidenceCache {
 public:
  struct Found {
    std::string content;
    WallTime since;
  };

  explicit EvidenceCache(const EvidenceRules& rules) : rules_(rules) {}

  // nullopt: none, unreadable, or not younger than `after`.
  std::optional<Found> answer(const PlaceKey& key, WallTime after) const;
  std::optional<Found> failure(const PlaceKey& key, WallTime after) const;

  // Where they cannot be written, the next process fetches again.
  void store_answer(const PlaceKey& key, std::string_view content) const;
  void store_failure(const PlaceKey& key, std::string_view why) const;

 private:
  std::filesystem::path folder(const PlaceKey& key) const;
  std::filesystem::path answer_file(const PlaceKey& key) const;
  std::filesystem::path failure_file(const PlaceKey& key) const;

  const EvidenceRules& rules_;
};

}  // namespace muster::ssl
