#include "ssl/schannel/certificate.h"

#include <algorithm>
#include <array>
#include <vector>

#include "platform/base/text.h"
#include "platform/windows/native.h"
#include "ssl/digest.h"
#include "ssl/schannel/error_words.h"
#include "ssl/schannel/opened_key.h"

namespace muster::ssl {
namespace {

std::string name_text(const CERT_NAME_BLOB& name) {
  CERT_NAME_BLOB blob = name;
  constexpr DWORD form = CERT_X500_NAME_STR | CERT_NAME_STR_REVERSE_FLAG | CERT_NAME_STR_NO_QUOTING_FLAG;
  const DWORD size = ::CertNameToStrW(X509_ASN_ENCODING, &blob, form, nullptr, 0);
  std::wstring text(size, L'\0');
  const DWORD written = ::CertNameToStrW(X509_ASN_ENCODING, &blob, form, text.data(), size);
  text.resize(written == 0 ? 0 : written - 1);

  // "CN=x, O=y": RFC 2253 has no blank there.
  std::string result = text::printable(platform::narrow(text));
  for (auto at = result.find(", "); at != std::string::npos; at = result.find(", ", at + 1)) result.erase(at + 1, 1);
  return result.empty() ? "(no subject)" : result;
}

std::string serial_text(const CRYPT_INTEGER_BLOB& serial) {
  std::string bytes(reinterpret_cast<const char*>(serial.pbData), serial.cbData);
  std::reverse(bytes.begin(), bytes.end());
  return text::hex(bytes);
}

// The value of an extension, decoded; empty: it is missing or broken.
std::vector<unsigned char> decoded(PCCERT_CONTEXT certificate, const char* extension_oid, const char* structure) {
  const CERT_EXTENSION* const extension =
      ::CertFindExtension(extension_oid, certificate->pCertInfo->cExtension, certificate->pCertInfo->rgExtension);
  if (extension == nullptr) return {};
  DWORD size = 0;
  std::vector<unsigned char> bytes;
  if (::CryptDecodeObject(X509_ASN_ENCODING, structure, extension->Value.pbData, extension->Value.cbData, 0, nullptr,
                          &size) == 0) {
    return {};
  }

  bytes.resize(size);
  const BOOL done = ::CryptDecodeObject(X509_ASN_ENCODING, structure, extension->Value.pbData, extension->Value.cbData,
                                        0, bytes.data(), &size);
  return done != 0 ? bytes : std::vector<unsigned char>();
}

bool has_extension(PCCERT_CONTEXT certificate, const char* oid) {
  return ::CertFindExtension(oid, certificate->pCertInfo->cExtension, certificate->pCertInfo->rgExtension) != nullptr;
}

std::vector<std::string> names_of(PCCERT_CONTEXT certificate) {
  std::vector<std::string> names;
  const auto bytes = decoded(certificate, szOID_SUBJECT_ALT_NAME2, X509_ALTERNATE_NAME);
  if (bytes.empty()) return names;

  const auto* const found = reinterpret_cast<const CERT_ALT_NAME_INFO*>(bytes.data());
  for (DWORD i = 0; i < found->cAltEntry; ++i) {
    const CERT_ALT_NAME_ENTRY& entry = found->rgAltEntry[i];
    if (entry.dwAltNameChoice == CERT_ALT_NAME_DNS_NAME) names.push_back("DNS:" + platform::narrow(entry.pwszDNSName));
    if (entry.dwAltNameChoice == CERT_ALT_NAME_URL) names.push_back("URI:" + platform::narrow(entry.pwszURL));
    if (entry.dwAltNameChoice == CERT_ALT_NAME_RFC822_NAME)
      names.push_back("email:" + platform::narrow(entry.pwszRfc822Name));
  }
  for (std::string& name : names) name = text::printable(name);
  return names;
}

struct Usage {
  unsigned bit;
  const char* name;
};
constexpr std::array key_usages{Usage{CERT_DIGITAL_SIGNATURE_KEY_USAGE, "Digital Signature"},
                                Usage{CERT_NON_REPUDIATION_KEY_USAGE, "Non Repudiation"},
                                Usage{CERT_KEY_ENCIPHERMENT_KEY_USAGE, "Key Encipherment"},
                                Usage{CERT_DATA_ENCIPHERMENT_KEY_USAGE, "Data Encipherment"},
                                Usage{CERT_KEY_AGREEMENT_KEY_USAGE, "Key Agreement"},
                                Usage{CERT_KEY_CERT_SIGN_KEY_USAGE, "Certificate Sign"},
                                Usage{CERT_CRL_SIGN_KEY_USAGE, "CRL Sign"}};

unsigned key_usage_of(PCCERT_CONTEXT certificate) {
  std::array<BYTE, 2> bytes{};
  const BOOL found = ::CertGetIntendedKeyUsage(X509_ASN_ENCODING, certificate->pCertInfo, bytes.data(), 2);
  return found != 0 ? bytes.front() : 0U;
}

// Object identifiers of the extended key usage in the certificate itself.
std::vector<std::string> purposes_of(PCCERT_CONTEXT certificate) {
  std::vector<std::string> result;
  const auto bytes = decoded(certificate, szOID_ENHANCED_KEY_USAGE, X509_ENHANCED_KEY_USAGE);
  if (bytes.empty()) return result;
  const auto* const usage = reinterpret_cast<const CERT_ENHKEY_USAGE*>(bytes.data());
  for (DWORD i = 0; i < usage->cUsageIdentifier; ++i) result.emplace_back(usage->rgpszUsageIdentifier[i]);
  return result;
}

std::string purpose_name(const std::string& oid) {
  if (oid == szOID_PKIX_KP_CLIENT_AUTH) return "TLS Web Client Authentication";
  if (oid == szOID_PKIX_KP_SERVER_AUTH) return "TLS Web Server Authentication";
  if (oid == szOID_ANY_ENHANCED_KEY_USAGE) return "Any Extended Key Usage";
  return oid;
}

std::vector<std::string> usages_of(PCCERT_CONTEXT certificate) {
  std::vector<std::string> result;
  const unsigned bits = key_usage_of(certificate);
  for (const Usage& usage : key_usages) {
    if ((bits & usage.bit) != 0) result.emplace_back(usage.name);
  }
  for (const std::string& oid : purposes_of(certificate)) result.push_back(purpose_name(oid));
  return result;
}

std::string key_type_of(PCCERT_CONTEXT certificate) {
  CERT_PUBLIC_KEY_INFO& key = certificate->pCertInfo->SubjectPublicKeyInfo;
  const std::string oid = key.Algorithm.pszObjId == nullptr ? "" : key.Algorithm.pszObjId;
  const std::string bits = std::to_string(::CertGetPublicKeyLength(X509_ASN_ENCODING, &key));
  if (oid == szOID_RSA_RSA) return "RSA " + bits;
  if (oid == szOID_ECC_PUBLIC_KEY) return "EC P-" + bits;
  return "of type " + oid;
}

std::string key_problem_of(PCCERT_CONTEXT certificate) {
  const OpenedKey key(certificate);
  if (!key) return words_of(::GetLastError());
  return key.belongs_to(certificate) ? "" : "it belongs to another certificate";
}

}  // namespace

std::string subject_of(PCCERT_CONTEXT certificate) { return name_text(certificate->pCertInfo->Subject); }

std::string der_of(PCCERT_CONTEXT certificate) {
  return {reinterpret_cast<const char*>(certificate->pbCertEncoded), certificate->cbCertEncoded};
}

std::string thumbprint_of(PCCERT_CONTEXT certificate) {
  std::array<char, 20> digest{};
  auto size = static_cast<DWORD>(digest.size());
  if (::CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, digest.data(), &size) == 0) return {};
  std::string digits = text::hex({digest.data(), size});
  for (char& digit : digits) {
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  }
  return digits;
}

CertificateSummary summary_of(PCCERT_CONTEXT certificate) {
  const CERT_INFO& info = *certificate->pCertInfo;
  CertificateSummary summary;
  summary.subject = subject_of(certificate);
  summary.issuer = name_text(info.Issuer);
  summary.serial = serial_text(info.SerialNumber);
  summary.fingerprint = text::hex(sha256(der_of(certificate)));

  summary.names = names_of(certificate);
  summary.usage = usages_of(certificate);
  summary.key_type = key_type_of(certificate);

  summary.not_before = platform::wall_time(info.NotBefore);
  summary.not_after = platform::wall_time(info.NotAfter);
  summary.begins = iso8601(summary.not_before);
  summary.ends = iso8601(summary.not_after);
  return summary;
}

StoreCandidate candidate_of(PCCERT_CONTEXT certificate) {
  StoreCandidate candidate;
  candidate.certificate = summary_of(certificate);
  candidate.thumbprint = thumbprint_of(certificate);

  if (has_extension(certificate, szOID_ENHANCED_KEY_USAGE)) {
    const auto purposes = purposes_of(certificate);
    candidate.is_for_clients = std::any_of(purposes.begin(), purposes.end(), [](const std::string& oid) {
      return oid == szOID_PKIX_KP_CLIENT_AUTH || oid == szOID_ANY_ENHANCED_KEY_USAGE;
    });
  }
  if (has_extension(certificate, szOID_KEY_USAGE)) {
    candidate.may_sign = (key_usage_of(certificate) & CERT_DIGITAL_SIGNATURE_KEY_USAGE) != 0;
  }

  DWORD size = 0;
  candidate.has_private_key =
      ::CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size) != 0;
  if (candidate.has_private_key) candidate.key_problem = key_problem_of(certificate);
  return candidate;
}

bool is_self_issued(PCCERT_CONTEXT certificate) {
  CERT_INFO& info = *certificate->pCertInfo;
  return ::CertCompareCertificateName(X509_ASN_ENCODING, &info.Subject, &info.Issuer) != 0;
}

std::vector<StoredCertificate> certificates_in(HCERTSTORE store) {
  std::vector<StoredCertificate> found;
  PCCERT_CONTEXT current = nullptr;
  while ((current = ::CertEnumCertificatesInStore(store, current)) != nullptr) {
    found.push_back({CertificatePtr(::CertDuplicateCertificateContext(current)), candidate_of(current)});
  }
  return found;
}

}  // namespace muster::ssl
