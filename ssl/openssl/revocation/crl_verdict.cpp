#include "ssl/openssl/revocation/crl_verdict.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ssl/openssl/certificate.h"

namespace muster::ssl {
namespace {

using WalkPtr = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;
using CrlStackPtr = std::unique_ptr<STACK_OF(X509_CRL), void (*)(STACK_OF(X509_CRL)*)>;

int verdict_index() {
  static const int index = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Whatever else is wrong with the certificate has been judged elsewhere.
int on_complaint(int fine, X509_STORE_CTX* walk) {
  if (fine == 1) return 1;
  auto& verdict = *static_cast<CrlVerdict*>(X509_STORE_CTX_get_ex_data(walk, verdict_index()));
  const int error = X509_STORE_CTX_get_error(walk);
  if (error == X509_V_ERR_CERT_REVOKED) verdict.status = CrlStatus::revoked;
  if (lacks_evidence(error) && verdict.status == CrlStatus::good) {
    verdict = {CrlStatus::unknown,
               why_unknown(error, X509_STORE_CTX_get_current_cert(walk), X509_STORE_CTX_get0_current_crl(walk)), error};
  }
  return 1;
}

CrlVerdict cannot_tell() { return {CrlStatus::unknown, "its CRLs cannot be judged: " + openssl_error(), 0}; }

using NumberPtr = std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>>;

NumberPtr number_of(const X509_CRL* crl) {
  return NumberPtr(static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, nullptr, nullptr)));
}

std::string in_words(int error) { return fmt::format("{} ({})", X509_verify_cert_error_string(error), error); }

std::string flaw_of_delta(X509_CRL* crl, X509* issuer) {
  const bool is_signed = X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  if (!is_signed) return in_words(X509_V_ERR_CRL_SIGNATURE_FAILURE);
  const bool begun = X509_cmp_current_time(X509_CRL_get0_lastUpdate(crl)) < 0;
  return begun ? std::string() : in_words(X509_V_ERR_CRL_NOT_YET_VALID);
}

}  // namespace

CrlVerdict judge_by_crls(X509* certificate, X509* issuer, const std::vector<X509_CRL*>& crls) {
  const CrlStackPtr signed_ones(sk_X509_CRL_new_null(), [](STACK_OF(X509_CRL)* stack) { sk_X509_CRL_free(stack); });
  const StorePtr store(X509_STORE_new());
  const WalkPtr walk(X509_STORE_CTX_new());
  bool forged = false;
  for (X509_CRL* const crl : crls) {
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0) continue;
    const bool is_signed = X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;
    if (is_signed) sk_X509_CRL_push(signed_ones.get(), crl);
    forged = forged || !is_signed;
  }
  if (forged && sk_X509_CRL_num(signed_ones.get()) == 0) {
    ERR_clear_error();
    return {CrlStatus::unknown, why_unknown(X509_V_ERR_CRL_SIGNATURE_FAILURE, certificate, nullptr),
            X509_V_ERR_CRL_SIGNATURE_FAILURE};
  }
  if (!signed_ones || !store || !walk || X509_STORE_add_cert(store.get(), issuer) != 1) return cannot_tell();
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_CRL_CHECK | X509_V_FLAG_USE_DELTAS);
  if (X509_STORE_CTX_init(walk.get(), store.get(), certificate, nullptr) != 1) return cannot_tell();
  CrlVerdict verdict{CrlStatus::good, {}, 0};
  X509_STORE_CTX_set0_crls(walk.get(), signed_ones.get());
  X509_STORE_CTX_set_ex_data(walk.get(), verdict_index(), &verdict);
  X509_STORE_CTX_set_verify_cb(walk.get(), &on_complaint);
  if (X509_verify_cert(walk.get()) != 1 && verdict.status != CrlStatus::revoked) return cannot_tell();
  ERR_clear_error();
  return verdict;
}

std::string flaw_of(X509_CRL* crl, bool delta, X509* certificate, X509* issuer) {
  const bool its_own = X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0;
  if (!its_own || is_delta(crl) != delta) {
    return fmt::format("it is no {} of {}", delta ? "delta CRL" : "complete CRL", subject_of(issuer));
  }
  if (delta) return flaw_of_delta(crl, issuer);
  const CrlVerdict verdict = judge_by_crls(certificate, issuer, {crl});
  if (verdict.status != CrlStatus::unknown || verdict.error == X509_V_ERR_CRL_HAS_EXPIRED) return {};
  if (verdict.error == X509_V_ERR_UNABLE_TO_GET_CRL) return "it does not cover " + subject_of(certificate);
  return verdict.error == 0 ? verdict.why : in_words(verdict.error);
}

bool is_delta(const X509_CRL* crl) { return X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0; }

bool covers(const X509_CRL* crl, const X509_CRL* other) {
  const NumberPtr number = number_of(crl);
  const NumberPtr other_number = number_of(other);
  return number && other_number && ASN1_INTEGER_cmp(number.get(), other_number.get()) >= 0;
}

bool lacks_evidence(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
    case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR: return true;
    default: return false;
  }
}

std::string why_unknown(int error, X509* certificate, const X509_CRL* crl) {
  const std::string issuer = name_text(X509_get_issuer_name(certificate));
  if (error == X509_V_ERR_UNABLE_TO_GET_CRL) return fmt::format("there is no CRL of its issuer {} ({})", issuer, error);
  std::string date;
  if (error == X509_V_ERR_CRL_HAS_EXPIRED && crl != nullptr && X509_CRL_get0_nextUpdate(crl) != nullptr) {
    date = " on " + iso8601(wall_time(X509_CRL_get0_nextUpdate(crl)));
  }
  return fmt::format("the CRL of its issuer {} is of no use: {} ({}){}", issuer, X509_verify_cert_error_string(error),
                     error, date);
}

}  // namespace muster::ssl
