#include "ssl/client_context.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string_view>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/keys/openssl_identity.h"
#include "ssl/openssl/openssl_trust.h"
#include "ssl/openssl/revocation/verification.h"

namespace muster::ssl {
namespace {

constexpr int most_ca_names = 100;
constexpr int close_notify = 0;
constexpr int user_cancelled = 90;
constexpr int certificate_required = 116;
constexpr int fatal = 2;

void free_connection(void*, void* connection, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Connection*>(connection);
}

int connection_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_connection);
  return index;
}

Connection* connection_of(const SSL* ssl) {
  if (ssl == nullptr) return nullptr;
  return static_cast<Connection*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), connection_index()));
}

// RFC 8446, 6: from TLS 1.3 on all alerts but two are fatal, whatever level they claim.
bool ends_connection(const SSL* ssl, int alert) {
  const int description = alert & 0xff;
  if (description == close_notify || description == user_cancelled) return false;
  return alert >> 8 == fatal || SSL_version(ssl) >= TLS1_3_VERSION;
}

std::string alert_name(int description) {
  if (description == certificate_required) return "certificate required";  // OpenSSL 3.0 has no words for it
  return SSL_alert_desc_string_long(description);
}

void on_info(const SSL* ssl, int where, int value) {
  Connection* connection = connection_of(ssl);
  if (connection == nullptr) return;
  Handshake& record = *connection->record;

  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT) {
    if (!ends_connection(ssl, value)) return;
    record.alert_received = value & 0xff;
    record.alert_name = alert_name(value & 0xff);
  } else if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
    record.complete = true;
    record.protocol = SSL_get_version(ssl);
    record.cipher = SSL_get_cipher_name(ssl);

    if (SSL_session_reused(ssl) == 1 && connection->asking->contains(connection->host)) {
      record.certificate_requested = true;
      record.certificate_sent = connection->asking->at(connection->host);
    }
  }
}

constexpr unsigned char compressed_certificate = 25;  // RFC 8879, 4: OpenSSL from 3.2 on, where it was built with zlib

// Whether a Certificate message (RFC 5246, 7.4.2; RFC 8446, 4.4.2) has a certificate in it, also a compressed one.
bool has_certificate(const SSL* ssl, std::basic_string_view<unsigned char> message) {
  constexpr std::size_t header = 4;
  constexpr std::size_t list_length = 3;
  if (message.front() == compressed_certificate) {
    constexpr std::size_t algorithm = 2;
    constexpr std::size_t longest_without = 1 + 255 + list_length;  // with a context, and an empty list
    if (message.size() < header + algorithm + 3) return false;
    const unsigned char* const length = &message[header + algorithm];  // before it was compressed
    return (std::size_t{length[0]} << 16 | std::size_t{length[1]} << 8 | length[2]) > longest_without;
  }

  std::size_t list = header;
  if (SSL_version(ssl) >= TLS1_3_VERSION && message.size() > header) list += 1U + message[header];  // the context
  return message.size() > list + list_length;
}

// What the library has sent: where nothing that the server accepts fits our key, it sends an empty list.
void on_message(int written, int, int type, const void* bytes, std::size_t size, SSL* ssl, void*) {
  if (written != 1 || type != SSL3_RT_HANDSHAKE || size == 0) return;
  const std::basic_string_view<unsigned char> message(static_cast<const unsigned char*>(bytes), size);
  Connection* connection = connection_of(ssl);
  const bool is_certificate = message.front() == SSL3_MT_CERTIFICATE || message.front() == compressed_certificate;
  if (connection == nullptr || !is_certificate) return;
  connection->record->certificate_sent = has_certificate(ssl, message);
  if (!connection->record->requested_late) {
    (*connection->asking)[connection->host] = connection->record->certificate_sent;
  }
}

std::string key_name(int type) {
  switch (type) {
    case EVP_PKEY_RSA: return "RSA";
    case EVP_PKEY_RSA_PSS: return "RSA-PSS";
    case EVP_PKEY_EC: return "EC";
    default: return OBJ_nid2sn(type);
  }
}

std::vector<std::string> accepted_keys(SSL* ssl) {
  std::vector<std::string> names;
  const int count = SSL_get_sigalgs(ssl, -1, nullptr, nullptr, nullptr, nullptr, nullptr);
  for (int i = 0; i < count; ++i) {
    int type = NID_undef;
    if (SSL_get_sigalgs(ssl, i, &type, nullptr, nullptr, nullptr, nullptr) == 0 || type == NID_undef) continue;
    std::string name = key_name(type);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

// Asked whenever the server wants a certificate, be it in the handshake, by renegotiation or after it.
int on_certificate_wanted(SSL* ssl, void*) {
  const Connection* connection = connection_of(ssl);
  if (connection == nullptr) return 1;

  Handshake& record = *connection->record;
  record.certificate_requested = true;
  record.requested_late = record.complete;
  if (!record.requested_late) connection->asking->insert_or_assign(connection->host, false);
  record.accepted_keys = accepted_keys(ssl);
  record.requested_cas.clear();

  const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(ssl);
  const int count = names == nullptr ? 0 : sk_X509_NAME_num(names);
  record.requested_ca_count = static_cast<std::size_t>(count);
  for (int i = 0; i < count && i < most_ca_names; ++i) {
    record.requested_cas.push_back(name_text(sk_X509_NAME_value(names, i)));
  }
  return 1;  // go on with what the context has
}

int on_staple(SSL* ssl, void*) {
  Connection* connection = connection_of(ssl);
  return connection == nullptr ? 0 : judge_with_staple(ssl, *connection);
}

tl::unexpected<Error> broken(const char* what, const std::string& host) {
  return fail(ErrorKind::failure, fmt::format("cannot set up TLS for '{}': {}: {}", host, what, openssl_error()));
}

int refuse_everybody(X509_STORE_CTX* walk, void*) {
  X509_STORE_CTX_set_error(walk, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

// The context owns it from here on, so that no callback can outlive it. Null when memory has run out.
Connection* attach_connection(SSL_CTX* context) {
  auto connection = std::make_unique<Connection>();
  connection->record = std::make_shared<Handshake>();
  auto* former = static_cast<Connection*>(SSL_CTX_get_ex_data(context, connection_index()));
  if (SSL_CTX_set_ex_data(context, connection_index(), connection.get()) != 1) return nullptr;
  delete former;
  return connection.release();
}

// Not as the context's own store: libcurl 7.88 adds the system's CAs to that one when it reads the first bytes,
// which would make them trusted by every later connection.
bool use_store(SSL_CTX* context, X509_STORE* store) {
  return SSL_CTX_set1_verify_cert_store(context, store) == 1 && SSL_CTX_set1_chain_cert_store(context, store) == 1;
}

// Of the TLS 1.3 suites that the system allows, AES-128 goes first: no weaker in practice (RFC 8446, 9.1 makes it the
// one that everybody has), and a tenth cheaper for every gigabyte. What the system's configuration leaves out stays
// out.
bool prefer_aes_128(SSL_CTX* context) {
  constexpr std::string_view first = "TLS_AES_128_GCM_SHA256";
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context);
  std::string suites;

  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    if (SSL_CIPHER_get_kx_nid(cipher) != NID_kx_any) continue;  // of an older version
    std::string name = SSL_CIPHER_get_name(cipher);
    name += ':';
    suites.insert(name.starts_with(first) ? 0 : suites.size(), name);
  }

  if (suites.empty()) return true;
  suites.pop_back();
  return SSL_CTX_set_ciphersuites(context, suites.c_str()) == 1;
}

// By the system's configuration; 0 where it says nothing. libcurl has set other bounds on the context at hand.
struct Versions {
  int lowest = 0;
  int highest = 0;
};

Versions versions_of_system() {
  const ContextPtr usual(SSL_CTX_new(TLS_client_method()));
  if (!usual) return {};
  return {static_cast<int>(SSL_CTX_get_min_proto_version(usual.get())),
          static_cast<int>(SSL_CTX_get_max_proto_version(usual.get()))};
}

// TLS 1.2 or later, and nothing that the system's administrator has switched off.
bool allow_versions(SSL_CTX* context) {
  static const Versions system = versions_of_system();
  return SSL_CTX_set_min_proto_version(context, std::max(system.lowest, TLS1_2_VERSION)) == 1 &&
         SSL_CTX_set_max_proto_version(context, system.highest) == 1;
}

// RFC 6125: the name must be among the subjectAltNames; the subject never counts. To OpenSSL an empty name
// means "do not check".
bool expect_host(SSL_CTX* context, const std::string& host) {
  if (host.empty() || host.find('\0') != std::string::npos) return false;
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1) return true;
  return X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1;
}

}  // namespace

ClientContext::ClientContext(std::shared_ptr<const Identity> identity, std::shared_ptr<const Trust> trust,
                             std::shared_ptr<Evidence> evidence)
    : identity_(std::move(identity)),
      trust_(std::move(trust)),
      evidence_(std::move(evidence)),
      asking_(std::make_shared<std::map<std::string, bool>>()) {}

Result<std::shared_ptr<Handshake>> ClientContext::before_handshake(void* native_context,
                                                                   const std::string& host) const {
  auto* context = static_cast<SSL_CTX*>(native_context);
  ERR_clear_error();
  // Where anything below fails, the context trusts no CA, and points to no record that has ended.
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &refuse_everybody, nullptr);

  Connection* connection = attach_connection(context);
  if (connection == nullptr) return broken("record", host);
  connection->trust = std::static_pointer_cast<const OpensslTrust>(trust_);
  connection->evidence = std::static_pointer_cast<OpensslEvidence>(evidence_);
  connection->host = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;  // certificates never have the dot
  connection->asking = asking_;
  connection->has_identity = has_identity();
  connection->records_chain = records_chains_;

  if (!allow_versions(context)) return broken("versions", host);
  if (!prefer_aes_128(context)) return broken("cipher suites", host);
  if (trust_->settings().check_server && !expect_host(context, connection->host)) return broken("host name", host);
  if (!use_store(context, connection->trust->store())) return broken("CA store", host);

  if (trust_->settings().check_server && trust_->settings().uses(RevocationSource::stapling)) {
    const bool asked = SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp) == 1 &&
                       SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                                             reinterpret_cast<void (*)()>(&on_staple)) == 1;
    if (!asked) return broken("stapling", host);
  }

  SSL_CTX_set_cert_verify_callback(context, &verify_server, connection);
  if (const auto* identity = static_cast<const OpensslIdentity*>(identity_.get())) {
    if (SSL_CTX_use_cert_and_key(context, identity->certificate(), identity->key(), identity->issuers(), 1) != 1) {
      return broken("client certificate", host);
    }
  }

  SSL_CTX_set_post_handshake_auth(context, 1);  // servers that ask late, after they know the URL
  SSL_CTX_set_cert_cb(context, &on_certificate_wanted, nullptr);
  SSL_CTX_set_info_callback(context, &on_info);
  SSL_CTX_set_msg_callback(context, &on_message);
  return connection->record;
}

HandleSettings ClientContext::settings() const {
  HandleSettings settings;
  settings.takes_native_context = true;
  return settings;
}

// The handshake has judged.
std::shared_ptr<Handshake> ClientContext::before_request(void* native_connection, const std::string&) const {
  return record_of(native_connection);
}

std::shared_ptr<Handshake> ClientContext::record_of(void* native_connection) {
  const Connection* connection = connection_of(static_cast<SSL*>(native_connection));
  return connection == nullptr ? nullptr : connection->record;
}

std::string ClientContext::content_key() const {
  return (identity_ ? identity_->content_key() : std::string("-")) + "/" + trust_->content_key();
}

}  // namespace muster::ssl
