#include "ssl/openssl/revocation/evidence_cache.h"

#include <algorithm>
#include <system_error>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"
#include "platform/service_folder.h"
#include "ssl/digest.h"
#include "ssl/openssl/revocation/crl.h"
#include "ssl/openssl/revocation/ocsp.h"

namespace muster::ssl {
namespace {

constexpr std::uint64_t largest_reason = 1024;
constexpr unsigned mode = 0644;  // signed by their issuers, and nothing secret
constexpr std::size_t name_length = 32;
constexpr std::string_view failed_prefix = ".failed-";
constexpr const char* crl_extension = ".crl";
constexpr const char* ocsp_extension = ".ocsp";

std::string hash_of(const PlaceKey& key) { return text::hex(sha256(key.text)).substr(0, name_length); }

std::optional<EvidenceCache::Found> read(const std::filesystem::path& file, WallTime after, std::uint64_t limit) {
  const auto facts = platform::facts_at(file);
  if (!facts || facts->modified <= after) return std::nullopt;
  auto content = platform::read_file(file, limit);
  if (!content) return std::nullopt;
  return EvidenceCache::Found{std::move(*content), facts->modified};
}

// As well where it is no answer.
bool has_ended(const std::filesystem::path& file, WallTime now) {
  const auto content = platform::read_file(file, largest_crl);
  if (!content) return true;
  std::optional<WallTime> end;
  if (file.extension() == ocsp_extension) {
    end = next_update_of_ocsp(*content);
  } else if (const auto crls = read_crls(*content, file.string())) {
    end = crls->front()->facts().next_update;
  }
  return !end || *end <= now;
}

// Renewed certificates have other places, and other answers: the former are of no use any more.
void remove_forgotten(const std::filesystem::path& folder, const EvidenceRules& rules) {
  constexpr std::chrono::hours shortest_life{400 * 24};
  const seconds answers_last = std::max({seconds(shortest_life), rules.crl_lifetime, rules.ocsp_lifetime});
  constexpr std::chrono::hours failures_last{24};

  std::error_code problem;
  std::error_code ignored;

  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    const bool is_answer = name.starts_with(fetched_prefix);
    if (!is_answer && !name.starts_with(failed_prefix)) continue;

    const auto facts = platform::facts_at(entry->path());
    const WallTime now = wall_now();
    if (!facts || facts->modified >= now - (is_answer ? answers_last : seconds(failures_last))) continue;
    if (!is_answer || has_ended(entry->path(), now)) std::filesystem::remove(entry->path(), ignored);
  }
}

void write(const std::filesystem::path& file, std::string_view content) {
  if (auto written = platform::write_file_unsynced(file, content, mode); !written) {
    log::debug("not cached: " + written.error().message);
  }
}

}  // namespace

std::filesystem::path EvidenceCache::folder(const PlaceKey& key) const {
  return key.kind == WantedEvidence::Kind::ocsp ? rules_.ocsp_folder : rules_.crl_folder;
}

std::filesystem::path EvidenceCache::answer_file(const PlaceKey& key) const {
  const char* const extension = key.kind == WantedEvidence::Kind::ocsp ? ocsp_extension : crl_extension;
  return folder(key) / (std::string(fetched_prefix) + hash_of(key) + extension);
}

std::filesystem::path EvidenceCache::failure_file(const PlaceKey& key) const {
  return folder(key) / (std::string(failed_prefix) + hash_of(key));
}

std::optional<EvidenceCache::Found> EvidenceCache::answer(const PlaceKey& key, WallTime after) const {
  if (folder(key).empty()) return std::nullopt;
  return read(answer_file(key), after, largest_crl);
}

std::optional<EvidenceCache::Found> EvidenceCache::failure(const PlaceKey& key, WallTime after) const {
  if (folder(key).empty()) return std::nullopt;
  return read(failure_file(key), after, largest_reason);
}

void EvidenceCache::store_answer(const PlaceKey& key, std::string_view content) const {
  if (rules_.read_only || folder(key).empty()) return;
  std::error_code ignored;
  static_cast<void>(platform::make_service_folder(folder(key)));  // what fails is reported by the write
  remove_forgotten(folder(key), rules_);
  write(answer_file(key), content);
  std::filesystem::remove(failure_file(key), ignored);
}

void EvidenceCache::store_failure(const PlaceKey& key, std::string_view why) const {
  if (rules_.read_only || folder(key).empty()) return;
  remove_forgotten(folder(key), rules_);
  write(failure_file(key), why.substr(0, largest_reason));
}

}  // namespace muster::ssl
