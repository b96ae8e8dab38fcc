// Fetched evidence in memory and on disk, by issuer and place. Private to ssl/openssl/.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ssl/evidence.h"
#include "ssl/openssl/revocation/crl.h"
#include "ssl/openssl/revocation/evidence_cache.h"
#include "ssl/openssl/revocation/fetch_rounds.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

class OpensslEvidence final : public Evidence {
 public:
  explicit OpensslEvidence(EvidenceRules rules) : rules_(std::move(rules)), cache_(rules_) {}

  Status keep(const WantedEvidence& wanted, std::string_view content, WallTime now) override;
  void failed(const WantedEvidence& wanted, const std::string& why, WallTime now) override;
  std::shared_ptr<const void> start_round(WallTime now) override { return rounds_->start(now); }
  std::uint64_t revocations() const override;

  struct KnownCrl {
    std::shared_ptr<const Crl> crl;
    std::optional<WallTime> kept_until;  // the end of its lifetime here
  };
  // What is known of one place, with what other processes have left on disk.
  struct Place {
    std::vector<KnownCrl> crls;  // signed by the issuer in question
    std::string answer;          // OCSP, DER; empty: none
    std::optional<WallTime> answer_kept_until;
    bool may_fetch = true;  // it was not tried just now, nor by a round that still runs
    std::string failure;    // why the last fetch failed; empty: it did not
  };
  Place at(const WantedEvidence& wanted, WallTime now);

  void found_revoked(const std::string& certificate);  // by its DER

 private:
  struct Answer {
    std::string der;
    OcspFacts facts;
  };
  struct Entry {
    CrlList crls;
    std::optional<Answer> answer;
    WallTime fetched{};
    WallTime failed{};
    std::string failure;
  };

  Result<Entry> parse(const WantedEvidence& wanted, std::string_view content, WallTime now) const;
  static void add(Entry& known, Entry later, WallTime fetched);
  void read_cache(const PlaceKey& key, const WantedEvidence& wanted, WallTime now);
  void store(const PlaceKey& key, const Entry& entry) const;

  std::optional<WallTime> kept_until(const std::optional<WallTime>& next_update, seconds lifetime,
                                     WallTime fetched) const;
  std::optional<WallTime> end_of(const Entry& entry) const;
  bool may_fetch(WantedEvidence::Kind kind, const Entry& entry, WallTime now) const;

  const EvidenceRules rules_;
  const EvidenceCache cache_;
  const std::shared_ptr<FetchRounds> rounds_ = std::make_shared<FetchRounds>();
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // by PlaceKey::text
  std::set<std::string> revoked_;
};

}  // namespace muster::ssl
