// The evidence as the judge of revocation asks for it. Private to ssl/openssl/.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ssl/evidence.h"
#include "ssl/openssl/revocation/evidence_cache.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

class OpensslEvidence final : public Evidence {
 public:
  explicit OpensslEvidence(EvidenceRules rules) : rules_(std::move(rules)), cache_(rules_) {}

  Status keep(const WantedEvidence& wanted, std::string_view content, WallTime now) override;
  void failed(const WantedEvidence& wanted, const std::string& why, WallTime now) override;
  std::uint64_t revocations() const override;

  struct Known {
    CrlPtr crl;
    bool in_date = false;  // false: good for what it revokes, and for nothing else
  };
  // The CRL fetched from there, with what is cached on disk; nullopt: none was.
  std::optional<Known> crl(const WantedEvidence& wanted, WallTime now);
  struct KnownOcsp {
    std::string response;  // DER
    bool in_date = false;  // false: as for a CRL
  };
  std::optional<KnownOcsp> ocsp(const WantedEvidence& wanted, WallTime now);

  // Neither in date and of use, nor just fetched, nor just failed.
  bool worth_fetching(const WantedEvidence& wanted, WallTime now);
  std::string failure(const WantedEvidence& wanted, WallTime now);  // why the last fetch failed; empty: it did not

  void found_revoked(const std::string& certificate);  // by its DER

 private:
  struct Entry {
    CrlPtr crl;
    std::string ocsp;
    bool proven = false;  // found to be of use; what another process left on disk has yet to be
    WallTime fetched{};
    WallTime ends{};
    WallTime failed{};
    std::string failure;
  };

  Entry* find(const WantedEvidence& wanted, WallTime now);
  Result<Entry> parse(const WantedEvidence& wanted, std::string_view content, WallTime fetched) const;

  const EvidenceRules rules_;
  const EvidenceCache cache_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::set<std::string> revoked_;
};

}  // namespace muster::ssl
