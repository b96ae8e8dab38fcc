#include "ssl/openssl/revocation/crl.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/keys/pem_text.h"
#include "ssl/openssl/revocation/crl_extensions.h"

namespace muster::ssl {
namespace {

tl::unexpected<Error> unreadable(const std::string& place) {
  return fail(ErrorKind::untrusted_server, fmt::format("{} is not a CRL: {}", place, openssl_error()),
              "deploy the CRL again, or remove the file");
}

std::string in_words(int error) { return fmt::format("{} ({})", X509_verify_cert_error_string(error), error); }

bool may_sign_crls(X509* issuer) {
  const bool is_limited = (X509_get_extension_flags(issuer) & EXFLAG_KUSAGE) != 0;
  return !is_limited || (X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0;
}

bool is_readable(const ASN1_TIME* time) { return time != nullptr && ASN1_TIME_to_tm(time, nullptr) == 1; }

std::string flaw_in_dates(const X509_CRL* crl) {
  if (!is_readable(X509_CRL_get0_lastUpdate(crl))) return in_words(X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD);

  const ASN1_TIME* const next_update = X509_CRL_get0_nextUpdate(crl);
  const bool is_good = next_update == nullptr || is_readable(next_update);
  return is_good ? std::string() : in_words(X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD);
}

CrlList read_der(std::string_view content, const std::string& place) {
  CrlList crls;
  const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
  const auto* const end = bytes + content.size();
  do {
    CrlPtr crl(d2i_X509_CRL(nullptr, &bytes, static_cast<long>(end - bytes)));
    if (!crl) return {};
    crls.push_back(std::make_shared<const Crl>(std::move(crl), place));
  } while (bytes != end);
  return crls;
}

CrlList read_pem(std::string_view content, const std::string& place) {
  CrlList crls;
  const BioPtr bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  std::string_view rest = content;
  ERR_clear_error();
  while (CrlPtr crl{PEM_read_bio_X509_CRL(bio.get(), nullptr, &refuse_password, nullptr)}) {
    crls.push_back(std::make_shared<const Crl>(std::move(crl), place));
    rest = content.substr(content.size() - BIO_ctrl_pending(bio.get()));
    ERR_clear_error();
  }

  const bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!is_at_end || ends_in_a_begin_line(rest)) return {};
  return crls;
}

}  // namespace

Crl::Crl(CrlPtr crl, std::string place) : crl_(std::move(crl)) {
  facts_.place = std::move(place);
  facts_.flaw = flaw_in_dates(crl_.get());
  facts_.this_update = wall_time(X509_CRL_get0_lastUpdate(crl_.get()));
  if (const ASN1_TIME* const next_update = X509_CRL_get0_nextUpdate(crl_.get())) {
    facts_.next_update = wall_time(next_update);
  }
  read_extensions(crl_.get(), facts_);
  ERR_clear_error();
}

bool Crl::is_of(X509* issuer) const {
  return X509_NAME_cmp(X509_CRL_get_issuer(crl_.get()), X509_get_subject_name(issuer)) == 0;
}

bool Crl::is_signed_by(X509* issuer) const {
  const std::string key = public_key_digest(issuer);
  const std::lock_guard lock(mutex_);
  const auto known = signers_.find(key);
  if (known != signers_.end()) return known->second;

  EVP_PKEY* const public_key = X509_get0_pubkey(issuer);
  const bool is_signed = public_key != nullptr && X509_CRL_verify(crl_.get(), public_key) == 1;
  ERR_clear_error();
  signers_[key] = is_signed;
  return is_signed;
}

std::string Crl::der() const {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_CRL(crl_.get(), &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

CrlFacts Crl::facts_about(X509* certificate, X509* issuer) const {
  CrlFacts facts = facts_;
  facts.entry = entry_of(certificate);
  if (!is_signed_by(issuer)) {
    facts.flaw = in_words(X509_V_ERR_CRL_SIGNATURE_FAILURE);
  } else if (!may_sign_crls(issuer)) {
    facts.flaw = in_words(X509_V_ERR_KEYUSAGE_NO_CRL_SIGN);
  }
  return facts;
}

CrlEntry Crl::entry_of(X509* certificate) const {
  X509_REVOKED* entry = nullptr;
  const int found = X509_CRL_get0_by_serial(crl_.get(), &entry, X509_get_serialNumber(certificate));
  if (found == 0) return CrlEntry::none;
  return reason_of(entry);
}

std::string public_key_digest(X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_pubkey_digest(certificate, EVP_sha256(), digest, &size) != 1) return {};
  return {reinterpret_cast<const char*>(digest), size};
}

Result<CrlList> read_crls(std::string_view content, const std::string& place) {
  ERR_clear_error();
  const bool is_pem = content.find("-----BEGIN") != std::string_view::npos;
  CrlList crls = is_pem ? read_pem(content, place) : read_der(content, place);
  if (crls.empty()) return unreadable(place);
  ERR_clear_error();
  return crls;
}

}  // namespace muster::ssl
