#include "ssl/openssl/revocation/ocsp.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "ssl/openssl/certificate.h"

namespace muster::ssl {
namespace {

constexpr long clocks_differ_by = 300;           // seconds
constexpr long oldest_without_end = 24L * 3600;  // seconds: an answer that does not say when the next one comes

using RequestPtr = std::unique_ptr<OCSP_REQUEST, Free<OCSP_REQUEST_free>>;
using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Free<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Free<OCSP_BASICRESP_free>>;
using IdPtr = std::unique_ptr<OCSP_CERTID, Free<OCSP_CERTID_free>>;

ResponsePtr parse(std::string_view response) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(response.data());
  const auto* const end = bytes + response.size();
  ResponsePtr parsed(d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(response.size())));
  if (bytes != end) parsed.reset();
  ERR_clear_error();
  return parsed;
}

// 4.2.2.2: a certificate of the same issuer, for this purpose alone, in date.
bool is_delegate(X509* signer, X509* issuer) {
  if (X509_check_issued(issuer, signer) != X509_V_OK) return false;
  if (X509_verify(signer, X509_get0_pubkey(issuer)) != 1) return false;
  if ((X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) == 0) return false;
  if ((X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) == 0) return false;
  return X509_cmp_current_time(X509_get0_notBefore(signer)) < 0 &&
         X509_cmp_current_time(X509_get0_notAfter(signer)) > 0;
}

bool is_signed(OCSP_BASICRESP* basic, X509* issuer) {
  using CandidatesPtr = std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)>;
  const CandidatesPtr candidates(sk_X509_new_null(), [](STACK_OF(X509)* stack) { sk_X509_free(stack); });
  if (!candidates || sk_X509_push(candidates.get(), issuer) <= 0) return false;
  X509* signer = nullptr;
  if (OCSP_resp_get0_signer(basic, &signer, candidates.get()) != 1 || signer == nullptr) return false;
  if (X509_cmp(signer, issuer) != 0 && !is_delegate(signer, issuer)) return false;
  return OCSP_basic_verify(basic, candidates.get(), nullptr, OCSP_NOVERIFY) == 1;
}

OcspVerdict unknown(std::string why) {
  ERR_clear_error();
  return {OcspStatus::unknown, std::move(why)};
}

}  // namespace

std::string ocsp_request(X509* certificate, X509* issuer) {
  const RequestPtr request(OCSP_REQUEST_new());
  IdPtr id(
      OCSP_cert_to_id(nullptr, certificate, issuer));  // SHA-1: the one that every responder knows (RFC 5019, 2.1.1)
  if (!request || !id || OCSP_request_add0_id(request.get(), id.get()) == nullptr) return {};
  static_cast<void>(id.release());
  unsigned char* bytes = nullptr;
  const int length = i2d_OCSP_REQUEST(request.get(), &bytes);
  if (length <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return der;
}

OcspVerdict judge_ocsp(std::string_view response, X509* certificate, X509* issuer) {
  const ResponsePtr parsed = parse(response);
  if (!parsed) return unknown("it is not an OCSP response");
  const int status = OCSP_response_status(parsed.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return unknown(fmt::format("it answers {} ({})", OCSP_response_status_str(status), status));
  }
  const BasicPtr basic(OCSP_response_get1_basic(parsed.get()));
  if (!basic) return unknown("its answer cannot be read");
  if (!is_signed(basic.get(), issuer)) {
    return unknown("its answer is signed neither by " + subject_of(issuer) + " nor by a delegate of that");
  }
  const IdPtr id(OCSP_cert_to_id(nullptr, certificate, issuer));
  int found = V_OCSP_CERTSTATUS_UNKNOWN;
  ASN1_GENERALIZEDTIME* from = nullptr;
  ASN1_GENERALIZEDTIME* until = nullptr;
  if (!id || OCSP_resp_find_status(basic.get(), id.get(), &found, nullptr, nullptr, &from, &until) != 1) {
    return unknown("its answer is about another certificate");
  }
  if (found == V_OCSP_CERTSTATUS_REVOKED) return {OcspStatus::revoked, {}};  // and stays so, however old
  if (OCSP_check_validity(from, until, clocks_differ_by, until == nullptr ? oldest_without_end : -1) != 1) {
    return unknown(fmt::format("its answer of {} is out of date", iso8601(wall_time(from))));
  }
  if (found == V_OCSP_CERTSTATUS_GOOD) return {OcspStatus::good, {}};
  return unknown("it does not know the certificate");
}

Result<std::optional<WallTime>> next_update_of_ocsp(std::string_view response) {
  const ResponsePtr parsed = parse(response);
  if (!parsed) return fail(ErrorKind::untrusted_server, "it is not an OCSP response");
  const BasicPtr basic(OCSP_response_get1_basic(parsed.get()));
  ERR_clear_error();
  if (!basic || OCSP_resp_count(basic.get()) < 1) return std::optional<WallTime>();
  ASN1_GENERALIZEDTIME* until = nullptr;
  OCSP_single_get0_status(OCSP_resp_get0(basic.get(), 0), nullptr, nullptr, nullptr, &until);
  return until == nullptr ? std::optional<WallTime>() : wall_time(until);
}

}  // namespace muster::ssl
