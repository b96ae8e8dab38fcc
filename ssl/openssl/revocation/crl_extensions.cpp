#include "ssl/openssl/revocation/crl_extensions.h"

#include <fmt/core.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "ssl/openssl/revocation/distribution_points.h"

namespace muster::ssl {
namespace {

using NumberPtr = std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>>;
using ReasonPtr = std::unique_ptr<ASN1_ENUMERATED, Free<ASN1_ENUMERATED_free>>;
using ScopePtr = std::unique_ptr<ISSUING_DIST_POINT, Free<ISSUING_DIST_POINT_free>>;

constexpr const char* unreadable = "its extensions cannot be read";
constexpr int absent = -1;

constexpr std::array known_extensions{NID_authority_key_identifier, NID_crl_number, NID_delta_crl,
                                      NID_issuing_distribution_point, NID_freshest_crl};
constexpr std::array known_entry_extensions{NID_crl_reason, NID_invalidity_date};

template <std::size_t size>
bool is_unknown_and_critical(X509_EXTENSION* extension, const std::array<int, size>& known) {
  const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
  const bool is_known = std::find(known.begin(), known.end(), nid) != known.end();
  return !is_known && X509_EXTENSION_get_critical(extension) == 1;
}

bool has_unknown_entry_extension(const X509_REVOKED* entry) {
  const STACK_OF(X509_EXTENSION)* const extensions = X509_REVOKED_get0_extensions(entry);
  for (int i = 0; i < sk_X509_EXTENSION_num(extensions); ++i) {
    if (is_unknown_and_critical(sk_X509_EXTENSION_value(extensions, i), known_entry_extensions)) return true;
  }
  return false;
}

// RFC 5280, 5.2 and 5.3: such a CRL must not be used, whichever of its entries has the extension.
bool has_unknown_extension(X509_CRL* crl) {
  for (int i = 0; i < X509_CRL_get_ext_count(crl); ++i) {
    if (is_unknown_and_critical(X509_CRL_get_ext(crl, i), known_extensions)) return true;
  }
  const STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(crl);
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    if (has_unknown_entry_extension(sk_X509_REVOKED_value(entries, i))) return true;
  }
  return false;
}

// The decoded extension; null where there is none. What cannot be read, or occurs twice, becomes a flaw.
template <class Pointer>
Pointer extension_of(X509_CRL* crl, int nid, CrlFacts& facts) {
  int critical = absent;
  Pointer value(static_cast<typename Pointer::pointer>(X509_CRL_get_ext_d2i(crl, nid, &critical, nullptr)));
  if (!value && critical != absent) facts.flaw = unreadable;
  return value;
}

std::optional<CrlNumber> number_in(X509_CRL* crl, int nid, CrlFacts& facts) {
  const auto value = extension_of<NumberPtr>(crl, nid, facts);
  if (!value) return std::nullopt;
  if (ASN1_STRING_type(value.get()) == V_ASN1_NEG_INTEGER) {
    facts.flaw = unreadable;
    return std::nullopt;
  }
  return CrlNumber({reinterpret_cast<const char*>(ASN1_STRING_get0_data(value.get())),
                    static_cast<std::size_t>(ASN1_STRING_length(value.get()))});
}

void read_scope(X509_CRL* crl, CrlFacts& facts) {
  const auto scope = extension_of<ScopePtr>(crl, NID_issuing_distribution_point, facts);
  if (!scope) return;

  facts.scope.user_certificates_only = scope->onlyuser > 0;
  facts.scope.ca_certificates_only = scope->onlyCA > 0;
  facts.scope.attribute_certificates_only = scope->onlyattr > 0;
  facts.scope.some_reasons_only = scope->onlysomereasons != nullptr;
  facts.scope.indirect = scope->indirectCRL > 0;
  if (scope->distpoint == nullptr) return;

  facts.scope.points = names_of(scope->distpoint, X509_CRL_get_issuer(crl));
  if (facts.scope.points.empty()) facts.flaw = unreadable;
}

}  // namespace

void read_extensions(X509_CRL* crl, CrlFacts& facts) {
  facts.number = number_in(crl, NID_crl_number, facts);
  facts.base = number_in(crl, NID_delta_crl, facts);
  facts.is_delta = X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0;
  facts.delta_urls = delta_addresses(crl).http;
  read_scope(crl, facts);

  if (has_unknown_extension(crl)) {
    constexpr int error = X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION;
    facts.flaw = fmt::format("{} ({})", X509_verify_cert_error_string(error), error);
  }
}

CrlEntry reason_of(const X509_REVOKED* entry) {
  int critical = absent;
  const ReasonPtr reason(
      static_cast<ASN1_ENUMERATED*>(X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, &critical, nullptr)));
  if (!reason) return CrlEntry::revoked;

  switch (ASN1_ENUMERATED_get(reason.get())) {
    case CRL_REASON_CERTIFICATE_HOLD: return CrlEntry::on_hold;
    case CRL_REASON_REMOVE_FROM_CRL: return CrlEntry::removed;
    default: return CrlEntry::revoked;
  }
}

}  // namespace muster::ssl
