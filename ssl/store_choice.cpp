#include "ssl/store_choice.h"

#include <algorithm>
#include <tuple>

#include "platform/base/text.h"

namespace muster::ssl {
namespace {

// People copy a thumbprint with blanks, and sometimes with an invisible mark in front.
std::string digits_of(const std::string& thumbprint) {
  std::string digits;
  for (const char c : text::lower(thumbprint)) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) digits += c;
  }
  return digits;
}

bool differs(const std::string& name, const std::string& wanted) {
  return !wanted.empty() && !text::contains_ignoring_case(name, wanted);
}

// Why it is not to be used; empty: it may.
std::string objection(const StoreCandidate& candidate, const StoreSelection& selection, WallTime now) {
  const CertificateSummary& certificate = candidate.certificate;
  if (!candidate.has_private_key) return "it has no private key here";
  if (differs(certificate.issuer, selection.issuer)) return "SSLClientCertificateIssuer names another issuer";
  if (differs(certificate.subject, selection.subject)) return "SSLClientCertificateSubject names another subject";
  if (!selection.thumbprint.empty() && digits_of(candidate.thumbprint) != digits_of(selection.thumbprint)) {
    return "SSLClientCertificateThumbprint names another certificate";
  }

  if (!candidate.is_for_clients) return "it is not for client authentication";
  if (!candidate.may_sign) return "its key usage does not allow signatures";
  if (now < certificate.not_before) return "it is not valid before " + iso8601(certificate.not_before);
  if (now > certificate.not_after) return "it " + expiry_in_words(certificate, now);
  if (!candidate.key_problem.empty()) return "its private key cannot be used: " + candidate.key_problem;
  return {};
}

bool is_better(const StoreCandidate& one, const StoreCandidate& other) {
  const auto rank = [](const StoreCandidate& candidate) {
    return std::tie(candidate.certificate.not_before, candidate.certificate.not_after, candidate.thumbprint);
  };
  return rank(other) < rank(one);
}

}  // namespace

std::vector<JudgedCandidate> judge_candidates(std::vector<StoreCandidate> candidates, const StoreSelection& selection,
                                              WallTime now) {
  std::vector<JudgedCandidate> judged;
  for (StoreCandidate& candidate : candidates) {
    std::string reason = objection(candidate, selection, now);
    judged.push_back({std::move(candidate), false, std::move(reason)});
  }

  std::sort(judged.begin(), judged.end(), [](const JudgedCandidate& one, const JudgedCandidate& other) {
    if (one.reason.empty() != other.reason.empty()) return one.reason.empty();
    return is_better(one.candidate, other.candidate);
  });

  for (JudgedCandidate& one : judged) {
    if (!one.reason.empty()) continue;
    one.is_chosen = &one == &judged.front();
    one.reason = one.is_chosen ? "chosen: the newest one that is valid" : "a newer one is valid";
  }
  return judged;
}

}  // namespace muster::ssl
