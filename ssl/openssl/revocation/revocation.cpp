#include "ssl/openssl/revocation/revocation.h"

#include <fmt/core.h>

#include <algorithm>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/revocation/crl.h"
#include "ssl/openssl/revocation/crl_verdict.h"
#include "ssl/openssl/revocation/distribution_points.h"
#include "ssl/openssl/revocation/ocsp.h"

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

  // What has ended speaks against a certificate only once nothing newer can be had.
  Found ask_crls(int depth) {
    X509* const subject = certificate(depth);
    const Points points = crl_points(subject);
    const auto unknown = case_.crls.unknown.find(depth);
    const bool known = unknown == case_.crls.unknown.end();
    if (known) {
      if (const std::string delta = wanted_delta(depth, points); !delta.empty()) {
        return {Result::unknown, "its delta CRL at " + delta + " was not fetched yet"};
      }
      if (!listed_elsewhere(depth, known)) return {Result::good, "not revoked, by CRL"};
    }
    std::string words = known ? "a CRL that has ended lists it" : unknown->second;
    for (const std::string& url : points.http) {
      const std::string told = fetched_or_wanted(about(Kind::crl, url, depth));
      if (!told.empty()) words += "; " + told;
      if (!record_.wanted.empty() && record_.wanted.back().url == url) return {Result::unknown, words};
    }
    if (listed_elsewhere(depth, known)) return {Result::revoked, "by the CRL of its issuer"};
    for (const std::string& url : points.others) words += "; " + url + " is not fetched: http alone is";
    return {Result::unknown, words};
  }

  // By a CRL that the walk did not look at: one that has ended, or a delta CRL that has another base. Where the walk
  // knows the certificate as good, not by one that is older than what it has that from.
  bool listed_elsewhere(int depth, bool known) const {
    const FetchedCrls& fetched = case_.crls.fetched;
    const auto speaks = [&](const CrlPtr& crl) {
      return lists(crl.get(), certificate(depth), issuer(depth)) && !(known && superseded(crl.get(), depth));
    };
    return std::any_of(fetched.outlived.begin(), fetched.outlived.end(), speaks) ||
           std::any_of(fetched.in_date.begin(), fetched.in_date.end(),
                       [&](const CrlPtr& crl) { return is_delta(crl.get()) && speaks(crl); });
  }

  // By a complete CRL that knows the certificate as good.
  bool superseded(X509_CRL* crl, int depth) const {
    const auto does = [&](X509_CRL* other) {
      return covers(other, crl) && judge_by_crls(certificate(depth), issuer(depth), {other}).status == CrlStatus::good;
    };
    const CrlsPtr deployed = case_.trust.crls_of(X509_get_subject_name(issuer(depth)));
    for (int i = 0; i < sk_X509_CRL_num(deployed.get()); ++i) {
      if (does(sk_X509_CRL_value(deployed.get(), i))) return true;
    }
    const auto& fetched = case_.crls.fetched.in_date;
    return std::any_of(fetched.begin(), fetched.end(), [&](const CrlPtr& other) { return does(other.get()); });
  }

  // The delta CRL of a complete one that was fetched, or that the certificate names.
  std::string wanted_delta(int depth, const Points& complete) {
    if (case_.evidence == nullptr) return {};
    std::vector<std::string> urls = delta_points(certificate(depth)).http;
    for (const std::string& url : complete.http) {
      const auto known = case_.evidence->crl(about(Kind::crl, url, depth), now_);
      if (!known) continue;
      const Points deltas = delta_points(known->crl.get());
      urls.insert(urls.end(), deltas.http.begin(), deltas.http.end());
    }
    if (urls.empty()) return {};
    const WantedEvidence wanted = about(Kind::delta_crl, urls.front(), depth);
    if (!case_.evidence->worth_fetching(wanted, now_)) return {};
    want(wanted);
    return wanted.url;
  }

  Found ask_ocsp(int depth) {
    const Points points = ocsp_points(certificate(depth));
    if (points.http.empty()) return {Result::unknown, "it names no OCSP responder"};
    if (case_.evidence == nullptr) return {};
    std::string words;
    for (const std::string& url : points.http) {
      const WantedEvidence wanted = about(Kind::ocsp, url, depth);
      const auto known = case_.evidence->ocsp(wanted, now_);
      const auto verdict = known ? judge_ocsp(known->response, certificate(depth), issuer(depth)) : OcspVerdict();
      const bool ended = known && !known->in_date;
      if (verdict.status == OcspStatus::good && !ended) return {Result::good, "not revoked, by OCSP of " + url};
      const bool revoked = verdict.status == OcspStatus::revoked;
      if (revoked && !ended) return {Result::revoked, "by OCSP of " + url};
      words += (words.empty() ? "" : "; ") + fetched_or_wanted(wanted);
      if (!record_.wanted.empty() && record_.wanted.back() == wanted) break;
      if (revoked) return {Result::revoked, "by OCSP of " + url};
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
    return fmt::format("{} {} does not help: {}", what, wanted.url, why.empty() ? "what it said has ended" : why);
  }

  WantedEvidence about(Kind kind, const std::string& url, int depth) const {
    WantedEvidence wanted{kind, url, {}, der_of(certificate(depth)), der_of(issuer(depth))};
    if (kind == Kind::ocsp) wanted.request = ocsp_request(certificate(depth), issuer(depth));
    return wanted;
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
      take(evidence, {Kind::delta_crl, url, {}, {}, {}}, now, crls);
    }
  }
  (known->in_date ? crls.in_date : crls.outlived).push_back(std::move(known->crl));
}

}  // namespace

void add_fetched_crls(OpensslEvidence& evidence, X509* certificate, WallTime now, FetchedCrls& crls) {
  for (const std::string& url : crl_points(certificate).http) take(evidence, {Kind::crl, url, {}, {}, {}}, now, crls);
  for (const std::string& url : delta_points(certificate).http)
    take(evidence, {Kind::delta_crl, url, {}, {}, {}}, now, crls);
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
