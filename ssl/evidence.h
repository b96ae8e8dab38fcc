// What is known of revocation beyond the deployed CRLs: CRLs and OCSP answers that were fetched, and
// fetches that failed, in memory and in two cache folders. ssl/ only judges; its callers fetch what it wants.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "platform/base/clock.h"
#include "platform/base/result.h"

namespace muster::ssl {

// Bytes of a CRL, fetched or deployed. It takes about ten times that in memory, and twice so while it is replaced; the
// service has 256 MiB.
inline constexpr std::uint64_t largest_crl = 8 << 20;

// How the names of fetched files in the folders of CRLs begin.
inline constexpr std::string_view fetched_prefix = "fetched-";

struct EvidenceRules {
  std::filesystem::path crl_folder;   // SSLCRLPath; empty: kept in memory alone
  std::filesystem::path ocsp_folder;  // SSLOCSPPath
  seconds crl_lifetime{0};            // SSLCRLCacheLifetime; 0: until nextUpdate
  seconds ocsp_lifetime{0};           // SSLOCSPCacheLifetime
  bool read_only = false;             // the folders are read, and nothing is written there
};

// One thing to fetch over plain HTTP (RFC 5280, 4.2.1.13; RFC 6960, A.1): what is fetched is signed.
struct WantedEvidence {
  enum class Kind {
    crl,        // GET
    delta_crl,  // GET; its base counts without it
    ocsp,       // POST of `request`
  };
  Kind kind = Kind::crl;
  std::string url;
  std::string request = {};      // ocsp: DER
  std::string certificate = {};  // the one in question, and its issuer, DER: what is fetched is judged by them
  std::string issuer = {};

  bool operator==(const WantedEvidence&) const = default;
};

// May be shared among threads.
class Evidence {
 public:
  static std::shared_ptr<Evidence> make(EvidenceRules rules);
  virtual ~Evidence() = default;

  // Takes an answer, which is then not asked for again until it is due for renewal. An error, of kind untrusted_server,
  // when it is of no use: not what was wanted, not signed by the issuer, not valid yet, about another certificate.
  // Nothing of that is kept. A place never goes back in time: where it has given something newer before, that stays. A
  // cache that cannot be written to is no error.
  virtual Status keep(const WantedEvidence& wanted, std::string_view content, WallTime now) = 0;

  // Not asked for again for a minute, a delta CRL for a quarter of an hour; other processes know as well.
  virtual void failed(const WantedEvidence& wanted, const std::string& why, WallTime now) = 0;

  // Starts a round of fetches and handshakes. Until the result ends, a place that was tried since `now` is not tried
  // again, and what came from there counts: a round may take longer than a failure is remembered.
  virtual std::shared_ptr<const void> start_round(WallTime now) = 0;

  // How many certificates were found revoked so far. When it rises, connections made before are not to be used again.
  virtual std::uint64_t revocations() const = 0;

 protected:
  Evidence() = default;
};

}  // namespace muster::ssl
