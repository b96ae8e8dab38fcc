#include "ssl/openssl/revocation/gathering.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/revocation/distribution_points.h"
#include "ssl/openssl/revocation/ocsp.h"

namespace muster::ssl {
namespace {

using Kind = WantedEvidence::Kind;

class Gathering {
 public:
  Gathering(X509* certificate, X509* issuer, OpensslEvidence& fetched, WallTime now)
      : certificate_(certificate), issuer_(issuer), fetched_(fetched), now_(now) {}

  void add_crls(RevocationEvidence& evidence, Kind kind, const std::vector<std::string>& urls) const {
    for (const std::string& url : urls) {
      if (is_known(evidence, kind, url)) continue;

      const OpensslEvidence::Place place = fetched_.at(wanted_from(kind, url, certificate_, issuer_), now_);
      evidence.places.push_back({kind, url, place.may_fetch, place.failure});
      for (const OpensslEvidence::KnownCrl& known : place.crls) {
        evidence.crls.push_back(known.crl->facts_about(certificate_, issuer_));
        evidence.crls.back().kept_until = known.kept_until;
      }
    }
  }

  void add_answers(RevocationEvidence& evidence, const std::vector<std::string>& urls) const {
    for (const std::string& url : urls) {
      if (is_known(evidence, Kind::ocsp, url)) continue;

      const OpensslEvidence::Place place = fetched_.at(wanted_from(Kind::ocsp, url, certificate_, issuer_), now_);
      evidence.places.push_back({Kind::ocsp, url, place.may_fetch, place.failure});
      if (place.answer.empty()) continue;
      evidence.answers.push_back(ocsp_facts(place.answer, url, certificate_, issuer_, now_));
      evidence.answers.back().kept_until = place.answer_kept_until;
    }
  }

 private:
  static bool is_known(const RevocationEvidence& evidence, Kind kind, const std::string& url) {
    return std::any_of(evidence.places.begin(), evidence.places.end(),
                       [&](const EvidencePlace& place) { return place.kind == kind && place.url == url; });
  }

  X509* certificate_;
  X509* issuer_;
  OpensslEvidence& fetched_;
  WallTime now_;
};

// Where the complete CRLs at hand say that their delta CRLs are.
std::vector<std::string> delta_urls_of(const std::vector<CrlFacts>& crls) {
  std::vector<std::string> urls;
  for (const CrlFacts& crl : crls) {
    if (!crl.is_delta && crl.flaw.empty()) urls.insert(urls.end(), crl.delta_urls.begin(), crl.delta_urls.end());
  }
  return urls;
}

}  // namespace

CertificateFacts facts_of(X509* certificate, bool is_leaf) {
  CertificateFacts facts;
  facts.subject = subject_of(certificate);
  facts.issuer = name_text(X509_get_issuer_name(certificate));
  facts.is_ca = (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
  facts.may_be_stapled = is_leaf;
  facts.points = points_of(certificate);
  facts.crl = crl_addresses(certificate);
  facts.delta_crl = delta_addresses(certificate);
  facts.ocsp = ocsp_addresses(certificate);
  return facts;
}

std::vector<CrlFacts> deployed_crls(const CrlList& deployed, X509* certificate, X509* issuer) {
  std::vector<CrlFacts> facts;
  for (const auto& crl : deployed) {
    if (crl->is_of(issuer)) facts.push_back(crl->facts_about(certificate, issuer));
  }
  return facts;
}

RevocationEvidence gather_evidence(const CertificateFacts& facts, X509* certificate, X509* issuer,
                                   const CrlList& deployed, OpensslEvidence* fetched, std::string_view staple,
                                   WallTime now) {
  RevocationEvidence evidence;
  evidence.crls = deployed_crls(deployed, certificate, issuer);
  if (facts.may_be_stapled && !staple.empty()) {
    evidence.answers.push_back(ocsp_facts(staple, {}, certificate, issuer, now));
  }
  if (fetched == nullptr) return evidence;

  const Gathering gathering(certificate, issuer, *fetched, now);
  gathering.add_crls(evidence, Kind::crl, facts.crl.http);
  gathering.add_crls(evidence, Kind::delta_crl, facts.delta_crl.http);
  gathering.add_crls(evidence, Kind::delta_crl, delta_urls_of(evidence.crls));
  gathering.add_answers(evidence, facts.ocsp.http);
  return evidence;
}

WantedEvidence wanted_from(WantedEvidence::Kind kind, const std::string& url, X509* certificate, X509* issuer) {
  WantedEvidence wanted{kind, url, {}, der_of(certificate), der_of(issuer)};
  if (kind == Kind::ocsp) wanted.request = ocsp_request(certificate, issuer);
  return wanted;
}

}  // namespace muster::ssl
