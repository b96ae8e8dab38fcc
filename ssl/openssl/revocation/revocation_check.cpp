#include "ssl/openssl/revocation/revocation_check.h"

#include <fmt/core.h>

#include "ssl/chain_revocation.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/revocation/gathering.h"

namespace muster::ssl {
namespace {

JudgedCertificate judge(const RevocationCase& subject, int depth, WallTime now) {
  X509* const certificate = sk_X509_value(subject.chain, depth);
  X509* const issuer = sk_X509_value(subject.chain, depth + 1);
  const CertificateFacts facts = facts_of(certificate, depth == 0);
  const RevocationEvidence evidence =
      gather_evidence(facts, certificate, issuer, subject.trust.crls(), subject.evidence, subject.staple, now);

  JudgedCertificate judged{facts.subject, judge_revocation(facts, evidence, subject.trust.settings().sources, now)};
  if (const auto& place = judged.verdict.fetch) {
    judged.wanted = wanted_from(place->kind, place->url, certificate, issuer);
  }
  const bool is_revoked = judged.verdict.status == RevocationVerdict::Status::revoked;
  if (is_revoked && subject.evidence != nullptr) subject.evidence->found_revoked(der_of(certificate));
  return judged;
}

}  // namespace

bool check_revocation(const RevocationCase& subject, Handshake& record, WallTime now) {
  std::vector<JudgedCertificate> chain;
  for (int depth = 0; depth + 1 < sk_X509_num(subject.chain); ++depth) {
    chain.push_back(judge(subject, depth, now));
    const RevocationVerdict& verdict = chain.back().verdict;
    if (!subject.records_findings) continue;
    record.revocation.push_back({chain.back().subject, verdict.why, verdict.status == RevocationVerdict::Status::good});
  }

  ChainDecision decision = decide_on_chain(chain, subject.trust.settings().revocation);
  if (decision.fault == ServerFault::none) {
    if (decision.text.empty()) return true;
    subject.trust.warn_once(
        fmt::format("not known whether {} is revoked: {}; accepted because of "
                    "CheckCertificateRevocation=BestEffort",
                    decision.subject, decision.text));
    return true;
  }

  record.wanted = std::move(decision.wanted);
  if (record.fault != ServerFault::none) return false;
  record.fault = decision.fault;
  record.fault_subject = std::move(decision.subject);
  record.fault_text = std::move(decision.text);
  return false;
}

}  // namespace muster::ssl
