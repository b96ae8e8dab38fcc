// Judges whether one certificate is revoked, from all evidence at hand (RFC 5280, 6.3; RFC 6960, 3.2). Pure: a TLS
// backend turns certificates, CRLs and OCSP responses into the facts below, and the caller fetches what is missing.
//
// The rules:
// - A CRL counts when the certificate's issuer, known by name and key, signed it, and when it covers the certificate.
// - Of the complete CRLs the one with the latest thisUpdate is the newest; between equals the CRL number decides. The
//   newest one decides, and every CRL or delta CRL that is not older and lists the certificate revokes it.
// - A delta CRL can release a certificate from hold. It counts for a base at or below the number of the complete CRL;
//   a higher base proves that a newer complete CRL exists, which is then missing.
// - "Revoked" from any evidence refuses. Where that evidence has expired, newer evidence is looked for first.
// - The order of the sources is the order in which missing evidence is fetched.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.h"
#include "ssl/evidence.h"
#include "ssl/trust.h"

namespace muster::ssl {

// How far this machine's clock may differ from an issuer's, for CRLs and OCSP answers alike.
inline constexpr seconds clock_tolerance{300};

// A CRL number (RFC 5280, 5.2.3): a whole number of up to 20 octets.
class CrlNumber {
 public:
  explicit CrlNumber(std::string_view big_endian) {
    const auto start = big_endian.find_first_not_of('\0');
    if (start != std::string_view::npos) octets_ = big_endian.substr(start);
  }

  bool operator==(const CrlNumber&) const = default;
  std::strong_ordering operator<=>(const CrlNumber& other) const {
    if (octets_.size() != other.octets_.size()) return octets_.size() <=> other.octets_.size();
    return octets_ <=> other.octets_;
  }

 private:
  std::string octets_;  // without leading zeros
};

// The scope of a CRL (RFC 5280, 5.2.5). The default is that of a CRL without an issuing distribution point.
struct CrlScope {
  std::vector<std::string> points;  // names of its distribution point; empty: any
  bool user_certificates_only = false;
  bool ca_certificates_only = false;
  bool attribute_certificates_only = false;
  bool some_reasons_only = false;
  bool indirect = false;

  bool operator==(const CrlScope&) const = default;
};

// What a CRL says about the certificate in question (RFC 5280, 5.3.1).
enum class CrlEntry { none, revoked, on_hold, removed };

struct CrlFacts {
  std::string place;  // the file or the URL
  std::string flaw;   // why it must not be used: not signed by the issuer, ...; empty: it may
  bool is_delta = false;
  WallTime this_update{};
  std::optional<WallTime> next_update = {};
  std::optional<WallTime> kept_until = {};  // the end of its lifetime in the cache
  std::optional<CrlNumber> number = {};
  std::optional<CrlNumber> base = {};  // delta: the number of its base
  CrlScope scope = {};
  CrlEntry entry = CrlEntry::none;
  std::vector<std::string> delta_urls = {};  // freshest CRL (RFC 5280, 5.2.6)
};

// One OCSP answer about the certificate in question.
struct OcspFacts {
  enum class Status { good, revoked, unknown };

  std::string place;  // the URL; empty: stapled
  std::string flaw;   // as for a CRL
  Status status = Status::unknown;
  WallTime this_update{};
  std::optional<WallTime> next_update = {};
  std::optional<WallTime> kept_until = {};
};

// Addresses of one kind in a certificate.
struct Addresses {
  std::vector<std::string> http = {};      // can be fetched
  std::vector<std::string> unusable = {};  // "ldap://... is not fetched: http alone is"
};

struct CertificateFacts {
  std::string subject;
  std::string issuer;
  bool is_ca = false;
  bool may_be_stapled = false;           // the server's own certificate
  std::vector<std::string> points = {};  // names of its distribution points for all reasons
  Addresses crl = {};
  Addresses delta_crl = {};
  Addresses ocsp = {};
};

// One place that the certificate, or a CRL about it, names.
struct EvidencePlace {
  WantedEvidence::Kind kind = WantedEvidence::Kind::crl;
  std::string url;
  bool may_fetch = false;  // false: it was asked just now
  std::string failure;     // why the last fetch failed; empty: it did not
};

struct RevocationEvidence {
  std::vector<CrlFacts> crls = {};
  std::vector<OcspFacts> answers = {};
  std::vector<EvidencePlace> places = {};
};

struct RevocationVerdict {
  enum class Status { good, revoked, unknown };

  Status status = Status::unknown;
  std::string why;                          // the evidence that decided, or everything that was wrong
  std::optional<EvidencePlace> fetch = {};  // unknown: what to fetch before judging again
};

// `order`: the sources to fetch from, first one first. Evidence of other sources counts where it is at hand.
RevocationVerdict judge_revocation(const CertificateFacts& certificate, const RevocationEvidence& evidence,
                                   const std::vector<RevocationSource>& order, WallTime now);

// Why this CRL is no evidence for a certificate that it does not list; empty: it is, unless it has expired.
std::string flaw_of(const CrlFacts& crl, const CertificateFacts& certificate, WallTime now);

// Why this answer does not vouch for the certificate; empty: it does.
std::string flaw_of(const OcspFacts& answer, WallTime now);

}  // namespace muster::ssl
