#include "ssl/openssl/revocation/ocsp.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "ssl/openssl/certificate.h"

namespace muster::ssl {
namespace {

using RequestPtr = std::unique_ptr<OCSP_REQUEST, Free<OCSP_REQUEST_free>>;
using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Free<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Free<OCSP_BASICRESP_free>>;
using IdPtr = std::unique_ptr<OCSP_CERTID, Free<OCSP_CERTID_free>>;

ResponsePtr parse(std::string_view response) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(response.data());
  const auto* const end = bytes + response.size();
  ResponsePtr parsed(d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(response.size())));
  if (bytes != end) parsed.reset();
  return parsed;
}

// 4.2.2.2: a certificate of the same issuer, for this purpose alone, in date.
bool is_delegate(X509* signer, X509* issuer, WallTime now) {
  if (X509_check_issued(issuer, signer) != X509_V_OK) return false;
  if (X509_verify(signer, X509_get0_pubkey(issuer)) != 1) return false;
  if ((X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) == 0) return false;
  if ((X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) == 0) return false;

  return wall_time(X509_get0_notBefore(signer)) <= now && now <= wall_time(X509_get0_notAfter(signer));
}

bool is_signed(OCSP_BASICRESP* basic, X509* issuer, WallTime now) {
  using CandidatesPtr = std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)>;
  const CandidatesPtr candidates(sk_X509_new_null(), [](STACK_OF(X509)* stack) { sk_X509_free(stack); });
  if (!candidates || sk_X509_push(candidates.get(), issuer) <= 0) return false;

  X509* signer = nullptr;
  if (OCSP_resp_get0_signer(basic, &signer, candidates.get()) != 1 || signer == nullptr) return false;
  if (X509_cmp(signer, issuer) != 0 && !is_delegate(signer, issuer, now)) return false;
  return OCSP_basic_verify(basic, candidates.get(), nullptr, OCSP_NOVERIFY) == 1;
}

// Whether an answer is about the certificate, by the digest that the responder has chosen.
bool is_about(const OCSP_SINGLERESP* single, X509* certificate, X509* issuer) {
  auto* const id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
  ASN1_OBJECT* digest = nullptr;
  if (id == nullptr || OCSP_id_get0_info(nullptr, &digest, nullptr, nullptr, id) != 1) return false;

  const EVP_MD* const known_digest = EVP_get_digestbyobj(digest);
  const IdPtr expected(known_digest == nullptr ? nullptr : OCSP_cert_to_id(known_digest, certificate, issuer));
  return expected && OCSP_id_cmp(expected.get(), id) == 0;
}

OcspFacts::Status status_of(int status) {
  if (status == V_OCSP_CERTSTATUS_GOOD) return OcspFacts::Status::good;
  return status == V_OCSP_CERTSTATUS_REVOKED ? OcspFacts::Status::revoked : OcspFacts::Status::unknown;
}

// Between two answers of one time "revoked" counts.
bool replaces(const OcspFacts& later, const OcspFacts& former) {
  if (later.this_update != former.this_update) return later.this_update > former.this_update;
  return later.status == OcspFacts::Status::revoked;
}

void read_answers(OCSP_BASICRESP* basic, X509* certificate, X509* issuer, OcspFacts& facts) {
  bool is_found = false;
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* const single = OCSP_resp_get0(basic, i);
    if (!is_about(single, certificate, issuer)) continue;

    ASN1_GENERALIZEDTIME* this_update = nullptr;
    ASN1_GENERALIZEDTIME* next_update = nullptr;
    OcspFacts found{facts.place, {}};
    found.status = status_of(OCSP_single_get0_status(single, nullptr, nullptr, &this_update, &next_update));
    if (this_update == nullptr) continue;
    found.this_update = wall_time(this_update);
    if (next_update != nullptr) found.next_update = wall_time(next_update);

    if (!is_found || replaces(found, facts)) facts = std::move(found);
    is_found = true;
  }
  if (!is_found) facts.flaw = "its answer is about another certificate";
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

OcspFacts ocsp_facts(std::string_view response, const std::string& place, X509* certificate, X509* issuer,
                     WallTime now) {
  OcspFacts facts{place, {}};
  const ResponsePtr parsed = parse(response);
  const int status = parsed ? OCSP_response_status(parsed.get()) : OCSP_RESPONSE_STATUS_SUCCESSFUL;
  const BasicPtr basic(parsed && status == OCSP_RESPONSE_STATUS_SUCCESSFUL ? OCSP_response_get1_basic(parsed.get())
                                                                           : nullptr);

  if (!parsed) {
    facts.flaw = "it is not an OCSP response";
  } else if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    facts.flaw = fmt::format("it answers {} ({})", OCSP_response_status_str(status), status);
  } else if (!basic) {
    facts.flaw = "its answer cannot be read";
  } else if (!is_signed(basic.get(), issuer, now)) {
    facts.flaw = "its answer is signed neither by " + subject_of(issuer) + " nor by a delegate of that";
  } else {
    read_answers(basic.get(), certificate, issuer, facts);
  }

  ERR_clear_error();
  return facts;
}

std::optional<WallTime> next_update_of_ocsp(std::string_view response) {
  const ResponsePtr parsed = parse(response);
  const BasicPtr basic(parsed ? OCSP_response_get1_basic(parsed.get()) : nullptr);
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  if (basic && OCSP_resp_count(basic.get()) > 0) {
    OCSP_single_get0_status(OCSP_resp_get0(basic.get(), 0), nullptr, nullptr, nullptr, &next_update);
  }
  ERR_clear_error();
  return next_update == nullptr ? std::nullopt : std::optional(wall_time(next_update));
}

}  // namespace muster::ssl
