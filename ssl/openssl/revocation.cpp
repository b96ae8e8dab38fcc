#include "ssl/openssl/revocation.h"

#include <fmt/core.h>

#include <algorithm>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/crl.h"
#include "ssl/openssl/distribution_points.h"
#include "ssl/openssl/ocsp.h"

namespace muster::ssl {
namespace {

using Kind = WantedEvidence::Kind;

class Judge {
 public:
  Judge(const RevocationCase& subject, Handshake& record, WallTime now)
      : case_(subject), record_(record), now_(now), settings_(subject.trust.settings()) {}

  bool run() {
    for (int depth = 0; depth + 1 < sk_X509_num(case_.chain); ++depth) {
      const Found found = judge(depth);
      if (found.result == Result::revoked) return refuse_revoked(depth, found.words);
      if (case_.tells)
        record_.revocation.push_back({subject_of(certificate(depth)), found.words, found.result == Result::good});
      if (found.result == Result::unknown && unknown_.empty()) {
        unknown_subject_ = subject_of(certificate(depth));
        unknown_ = found.words;
      }
    }
    return unknown_.empty() && record_.wanted.empty() ? true : accept_unknown();
  }

 private:
  enum class Result { good, revoked, unknown };
  struct Found {
    Result result = Result::unknown;
    std::string words;
  };

  X509* certificate(int depth) const { return sk_X509_value(case_.chain, depth); }
  X509* issuer(int depth) const { return sk_X509_value(case_.chain, depth + 1); }

  // The first source that knows decides. One that may be fetched is waited for, before the next one is looked at.
  Found judge(int depth) {
    if (settings_.sources.empty()) return {Result::unknown, "PrioritizeRevocationChecks names no source"};
    std::string reasons;
    for (const RevocationSource source : settings_.sources) {
      const std::size_t wanted_before = record_.wanted.size();
      Found found = ask(source, depth);
      if (found.result != Result::unknown) return found;
      if (found.words.empty()) continue;  // this source is not for this certificate
      reasons += (reasons.empty() ? "" : "; ") + found.words;
      if (record_.wanted.size() != wanted_before) break;
    }
    return {Result::unknown, reasons.empty() ? "it names no place to find out" : reasons};
  }

  Found ask(RevocationSource source, int depth) {
    switch (source) {
      case RevocationSource::crl: return ask_crls(depth);
      case RevocationSource::ocsp: return ask_ocsp(depth);
      case RevocationSource::stapling: return depth == 0 ? ask_staple() : Found{};
    }
    return {};
  }

  Found ask_crls(int depth) {
    X509* const subject = certificate(depth);
    const Points points = crl_points(subject);
    const auto unknown = case_.crls.unknown.find(depth);
    if (unknown == case_.crls.unknown.end()) {
      if (const std::string delta = wanted_delta(subject, points); !delta.empty()) {
        return {Result::unknown, "its delta CRL at " + delta + " was not fetched yet"};
      }
      return {Result::good, "not revoked, by CRL"};
    }
    for (const CrlPtr& crl : case_.crls.fetched.outlived) {
      if (lists(crl.get(), subject, issuer(depth))) return {Result::revoked, "by the CRL of its issuer"};
    }
    std::string words = unknown->second;
    for (const std::string& url : points.http) {
      const std::string told = fetched_or_wanted({Kind::crl, url, {}});
      if (!told.empty()) words += "; " + told;
      if (!record_.wanted.empty() && record_.wanted.back().url == url) return {Result::unknown, words};
    }
    for (const std::string& url : points.others) words += "; " + url + " is not fetched: http alone is";
    return {Result::unknown, words};
  }

  // The delta CRL of a complete one that was fetched, or that the certificate names.
  std::string wanted_delta(X509* subject, const Points& complete) {
    if (case_.evidence == nullptr) return {};
    std::vector<std::string> urls = delta_points(subject).http;
    for (const std::string& url : complete.http) {
      const auto known = case_.evidence->crl({Kind::crl, url, {}}, now_);
      if (!known) continue;
      const Points deltas = delta_points(known->crl.get());
      urls.insert(urls.end(), deltas.http.begin(), deltas.http.end());
    }
    if (urls.empty()) return {};
    const WantedEvidence wanted{Kind::delta_crl, urls.front(), {}};
    if (!case_.evidence->worth_fetching(wanted, now_)) return {};
    want(wanted);
    return wanted.url;
  }

  Found ask_ocsp(int depth) {
    const Points points = ocsp_points(certificate(depth));
    if (points.http.empty()) return {Result::unknown, "it names no OCSP responder"};
    if (case_.evidence == nullptr) return {};
    const std::string request = ocsp_request(certificate(depth), issuer(depth));
    std::string words;
    for (const std::string& url : points.http) {
      const WantedEvidence wanted{Kind::ocsp, url, request};
      std::string told;
      if (const auto response = case_.evidence->ocsp(wanted, now_)) {
        const OcspVerdict verdict = judge_ocsp(*response, certificate(depth), issuer(depth));
        if (verdict.status == OcspStatus::good) return {Result::good, "not revoked, by OCSP of " + url};
        if (verdict.status == OcspStatus::revoked) return {Result::revoked, "by OCSP of " + url};
        told = fmt::format("the OCSP responder {} is of no use: {}", url, verdict.why);
      } else {
        told = fetched_or_wanted(wanted);
      }
      words += (words.empty() ? "" : "; ") + told;
      if (!record_.wanted.empty() && record_.wanted.back() == wanted) break;
    }
    return {Result::unknown, words};
  }

  Found ask_staple() {
    if (case_.staple.empty()) return {Result::unknown, "the server stapled no OCSP answer"};
    const OcspVerdict verdict = judge_ocsp(case_.staple, certificate(0), issuer(0));
    if (verdict.status == OcspStatus::good) return {Result::good, "not revoked, by the OCSP answer that it stapled"};
    if (verdict.status == OcspStatus::revoked) return {Result::revoked, "by the OCSP answer that it stapled"};
    return {Result::unknown, "the stapled OCSP answer is of no use: " + verdict.why};
  }

  // What is told of a source that did not help.
  std::string fetched_or_wanted(const WantedEvidence& wanted) {
    if (case_.evidence == nullptr) return {};
    const char* const what = wanted.kind == Kind::ocsp ? "the OCSP responder" : "the CRL at";
    if (case_.evidence->worth_fetching(wanted, now_)) {
      want(wanted);
      return fmt::format("{} {} was not asked yet", what, wanted.url);
    }
    const std::string why = case_.evidence->failure(wanted, now_);
    if (!why.empty()) return fmt::format("{} {} could not be fetched: {}", what, wanted.url, why);
    return wanted.kind == Kind::ocsp ? std::string() : fmt::format("the one at {} is of no use", wanted.url);
  }

  void want(const WantedEvidence& wanted) { record_.wanted.push_back(wanted); }

  bool refuse_revoked(int depth, const std::string& by) {
    if (case_.evidence != nullptr) case_.evidence->found_revoked(der_of(certificate(depth)));
    record_.wanted.clear();
    if (record_.fault != ServerFault::none) return false;
    record_.fault = ServerFault::revoked;
    record_.fault_subject = subject_of(certificate(depth));
    record_.fault_text =
        fmt::format("{} ({}), {}", X509_verify_cert_error_string(X509_V_ERR_CERT_REVOKED), X509_V_ERR_CERT_REVOKED, by);
    return false;
  }

  bool accept_unknown() {
    if (record_.wanted.empty() && settings_.revocation == RevocationCheck::best_effort) {
      case_.trust.warn_once(
          fmt::format("not known whether {} is revoked: {}; accepted because of CheckCertificateRevocation=BestEffort",
                      unknown_subject_, unknown_));
      return true;
    }
    if (record_.fault != ServerFault::none) return false;
    record_.fault = ServerFault::revocation_unknown;
    record_.fault_subject = unknown_subject_;
    record_.fault_text = fmt::format("of {}, {}", unknown_subject_, unknown_);
    return false;
  }

  const RevocationCase& case_;
  Handshake& record_;
  WallTime now_;
  const TrustSettings& settings_;
  std::string unknown_subject_;
  std::string unknown_;
};

void take(OpensslEvidence& evidence, const WantedEvidence& wanted, WallTime now, FetchedCrls& crls) {
  auto known = evidence.crl(wanted, now);
  if (!known) return;
  if (wanted.kind == Kind::crl) {
    for (const std::string& url : delta_points(known->crl.get()).http) {
      take(evidence, {Kind::delta_crl, url, {}}, now, crls);
    }
  }
  (known->in_date ? crls.in_date : crls.outlived).push_back(std::move(known->crl));
}

}  // namespace

void add_fetched_crls(OpensslEvidence& evidence, X509* certificate, WallTime now, FetchedCrls& crls) {
  for (const std::string& url : crl_points(certificate).http) take(evidence, {Kind::crl, url, {}}, now, crls);
  for (const std::string& url : delta_points(certificate).http) take(evidence, {Kind::delta_crl, url, {}}, now, crls);
}

FetchedCrls fetched_crls(OpensslEvidence& evidence, X509_STORE_CTX* walk, WallTime now) {
  constexpr int most_certificates = 20;
  FetchedCrls crls;
  add_fetched_crls(evidence, X509_STORE_CTX_get0_cert(walk), now, crls);
  STACK_OF(X509)* const others = X509_STORE_CTX_get0_untrusted(walk);
  for (int i = 0; i < sk_X509_num(others) && i < most_certificates; ++i) {
    if (sk_X509_value(others, i) == X509_STORE_CTX_get0_cert(walk)) continue;
    add_fetched_crls(evidence, sk_X509_value(others, i), now, crls);
  }
  return crls;
}

bool judge_revocation(const RevocationCase& subject, Handshake& record, WallTime now) {
  return Judge(subject, record, now).run();
}

}  // namespace muster::ssl
