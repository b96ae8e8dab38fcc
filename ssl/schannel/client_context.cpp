#define CERT_CHAIN_PARA_HAS_EXTRA_FIELDS  // a limit for fetches; before the first header of Windows
#include "ssl/client_context.h"

#include <fmt/core.h>
#include <windows.h>

#include <wincrypt.h>

#define SECURITY_WIN32
#include <schannel.h>
#include <security.h>
#include <wininet.h>

#include "platform/base/text.h"
#include "platform/windows/native.h"
#include "ssl/schannel/certificate.h"
#include "ssl/schannel/chain_status.h"
#include "ssl/schannel/error_words.h"
#include "ssl/schannel/store_identity.h"

namespace muster::ssl {
namespace {

constexpr DWORD fetch_timeout_ms = 10'000;  // of all CRLs and OCSP answers of one chain

struct FreeChain {
  void operator()(const CERT_CHAIN_CONTEXT* chain) const { ::CertFreeCertificateChain(chain); }
};
using ChainPtr = std::unique_ptr<const CERT_CHAIN_CONTEXT, FreeChain>;

void refuse(Handshake& record, const std::string& why) {
  record.fault = ServerFault::other;
  record.fault_text = why;
}

// The server's certificate. Its store holds the other certificates that the server sent.
CertificatePtr server_certificate(PCtxtHandle context, Handshake& record) {
  PCCERT_CONTEXT certificate = nullptr;
  const SECURITY_STATUS status = ::QueryContextAttributesW(context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate);
  if (status == SEC_E_OK && certificate != nullptr) return CertificatePtr(certificate);
  refuse(record, "Windows does not show it: " + words_of(static_cast<DWORD>(status)));
  return nullptr;
}

std::string protocol_name(DWORD protocol) {
  constexpr DWORD tls_1_2 = 0x0000'0C00;
  constexpr DWORD tls_1_3 = 0x0000'3000;
  if ((protocol & tls_1_3) != 0) return "TLSv1.3";
  return (protocol & tls_1_2) != 0 ? "TLSv1.2" : fmt::format("protocol 0x{:X}", protocol);
}

void note_connection(PCtxtHandle context, Handshake& record) {
  record.complete = true;
  SecPkgContext_ConnectionInfo info{};
  if (::QueryContextAttributesW(context, SECPKG_ATTR_CONNECTION_INFO, &info) == SEC_E_OK) {
    record.protocol = protocol_name(info.dwProtocol);
  }
  SecPkgContext_CipherInfo cipher{};
  cipher.dwVersion = SECPKGCONTEXT_CIPHERINFO_V1;
  if (::QueryContextAttributesW(context, SECPKG_ATTR_CIPHER_INFO, &cipher) == SEC_E_OK) {
    record.cipher = text::printable(platform::narrow(&cipher.szCipherSuite[0]));
  }
}

ChainPtr chain_of(PCCERT_CONTEXT certificate, RevocationCheck check) {
  CERT_CHAIN_PARA wanted{};
  wanted.cbSize = sizeof wanted;
  std::string server_auth = szOID_PKIX_KP_SERVER_AUTH;
  char* usage = server_auth.data();
  wanted.RequestedUsage.dwType = USAGE_MATCH_TYPE_OR;
  wanted.RequestedUsage.Usage.cUsageIdentifier = 1;
  wanted.RequestedUsage.Usage.rgpszUsageIdentifier = &usage;
  wanted.dwUrlRetrievalTimeout = fetch_timeout_ms;

  const DWORD flags = check == RevocationCheck::off
                          ? 0
                          : CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT | CERT_CHAIN_REVOCATION_ACCUMULATIVE_TIMEOUT;
  PCCERT_CHAIN_CONTEXT chain = nullptr;
  const BOOL built = ::CertGetCertificateChain(HCCE_LOCAL_MACHINE, certificate, nullptr, certificate->hCertStore,
                                               &wanted, flags, nullptr, &chain);
  return ChainPtr(built != 0 ? chain : nullptr);
}

// The error of the SSL policy for a server of that name; ERROR_INVALID_FUNCTION where the policy cannot be applied. The
// policy reports one error only: unless revocation is required, it ignores unknown revocation, which would otherwise
// hide a wrong name.
DWORD policy_error(const CERT_CHAIN_CONTEXT& chain, const std::string& host, RevocationCheck check) {
  std::wstring name = platform::wide(host);
  SSL_EXTRA_CERT_CHAIN_POLICY_PARA server{};
  server.cbSize = sizeof server;
  server.dwAuthType = AUTHTYPE_SERVER;
  server.pwszServerName = name.data();

  CERT_CHAIN_POLICY_PARA asked{};
  asked.cbSize = sizeof asked;
  asked.pvExtraPolicyPara = &server;
  if (check != RevocationCheck::required) {
    asked.dwFlags = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS;
    server.fdwChecks = SECURITY_FLAG_IGNORE_REVOCATION;
  }

  CERT_CHAIN_POLICY_STATUS status{};
  status.cbSize = sizeof status;
  const BOOL done = ::CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, &chain, &asked, &status);
  return done != 0 ? status.dwError : ERROR_INVALID_FUNCTION;
}

// The first certificate of the chain that has an error of its own; else the server's.
void blame(const CERT_CHAIN_CONTEXT& chain, Handshake& record) {
  if (chain.cChain == 0) return;
  const CERT_SIMPLE_CHAIN& path = *chain.rgpChain[0];
  for (DWORD i = 0; i < path.cElement; ++i) {
    if (path.rgpElement[i]->TrustStatus.dwErrorStatus == 0) continue;
    record.fault_subject = subject_of(path.rgpElement[i]->pCertContext);
    const bool is_root = i + 1 == path.cElement && i > 0;
    if (i > 0) record.blamed = is_root ? BlamedCertificate::trusted_ca : BlamedCertificate::sent_issuer;
    return;
  }
}

// The revocation state of each certificate below the root, as Windows reports it.
void record_revocation(const CERT_CHAIN_CONTEXT& chain, Handshake& record) {
  if (chain.cChain == 0) return;
  const CERT_SIMPLE_CHAIN& path = *chain.rgpChain[0];
  for (DWORD i = 0; i + 1 < path.cElement; ++i) {
    const DWORD errors = path.rgpElement[i]->TrustStatus.dwErrorStatus;
    constexpr DWORD unknown = CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION;
    const bool is_revoked = (errors & CERT_TRUST_IS_REVOKED) != 0;
    const bool is_good = !is_revoked && (errors & unknown) == 0;
    const char* words =
        is_good ? "Windows reports that it is not revoked" : "Windows cannot determine whether it is revoked";
    record.revocation.push_back(
        {subject_of(path.rgpElement[i]->pCertContext), is_revoked ? "revoked" : words, is_good});
  }
}

void judge(PCCERT_CONTEXT certificate, const std::string& host, const TrustSettings& trust, bool records_chain,
           Handshake& record) {
  record.fault_subject = subject_of(certificate);
  const ChainPtr chain = chain_of(certificate, trust.revocation);
  if (!chain) return refuse(record, "Windows builds no chain for it: " + words_of(::GetLastError()));
  if (records_chain && trust.revocation != RevocationCheck::off) record_revocation(*chain, record);

  const ChainFault found =
      fault_of({chain->TrustStatus.dwErrorStatus, policy_error(*chain, host, trust.revocation)}, trust.revocation);
  record.fault = found.fault;
  record.fault_text = found.text;
  record.issuer_missing = (chain->TrustStatus.dwErrorStatus & CERT_TRUST_IS_PARTIAL_CHAIN) != 0;
  const bool is_name = found.fault == ServerFault::wrong_name;
  if (found.fault != ServerFault::none && !is_name) blame(*chain, record);
}

void record_chain(PCCERT_CONTEXT certificate, Handshake& record) {
  record.server_chain.push_back(summary_of(certificate));
  PCCERT_CONTEXT current = nullptr;
  while ((current = ::CertEnumCertificatesInStore(certificate->hCertStore, current)) != nullptr) {
    if (der_of(current) != der_of(certificate)) record.server_chain.push_back(summary_of(current));
  }
}

}  // namespace

ClientContext::ClientContext(std::shared_ptr<const Identity> identity, std::shared_ptr<const Trust> trust,
                             std::shared_ptr<Evidence> evidence)
    : identity_(std::move(identity)), trust_(std::move(trust)), evidence_(std::move(evidence)) {}

HandleSettings ClientContext::settings() const {
  HandleSettings settings;
  settings.checks_revocation_itself = true;
  const auto* const identity = static_cast<const StoreIdentity*>(identity_.get());
  if (identity != nullptr) settings.certificate = identity->place();
  return settings;
}

Result<std::shared_ptr<Handshake>> ClientContext::before_handshake(void*, const std::string&) const {
  return std::make_shared<Handshake>();
}

std::shared_ptr<Handshake> ClientContext::before_request(void* native_connection, const std::string& host) const {
  auto record = std::make_shared<Handshake>();
  auto* const context = static_cast<PCtxtHandle>(native_connection);
  if (context == nullptr) {
    refuse(*record, "the connection has no TLS context");
    return record;
  }

  note_connection(context, *record);
  const CertificatePtr certificate = server_certificate(context, *record);
  if (!certificate) return record;
  if (records_chains_) record_chain(certificate.get(), *record);

  const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  if (trust_->settings().check_server) {
    judge(certificate.get(), name, trust_->settings(), records_chains_, *record);
  }
  return record;
}

std::shared_ptr<Handshake> ClientContext::record_of(void*) { return nullptr; }

std::string ClientContext::content_key() const {
  return (identity_ ? identity_->content_key() : std::string("-")) + "/" + trust_->content_key();
}

}  // namespace muster::ssl
