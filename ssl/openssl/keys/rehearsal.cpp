#include "ssl/openssl/keys/rehearsal.h"

#include <fmt/core.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "ssl/openssl/certificate.h"

namespace muster::ssl {
namespace {

using SslPtr = std::unique_ptr<SSL, Free<SSL_free>>;

bool has_explicit_parameters(const EVP_PKEY* key) {
  std::array<char, 32> encoding{};
  std::size_t size = 0;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding.data(), encoding.size(), &size) ==
             1 &&
         std::string_view(encoding.data()) == OSSL_PKEY_EC_ENCODING_EXPLICIT;
}

// Every server knows these, as far as the system's settings let it.
bool is_common(const EVP_PKEY* key) {
  for (const char* const type : {"RSA", "ED25519", "ED448"}) {
    if (EVP_PKEY_is_a(key, type) == 1) return true;
  }
  std::array<char, 80> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return false;
  const int nid = OBJ_txt2nid(group.data());
  return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1;
}

int accept_any(X509_STORE_CTX*, void*) { return 1; }

// A certificate of its own for the server in memory, which is not judged.
CertificatePtr certificate_for(EVP_PKEY* key) {
  CertificatePtr certificate(X509_new());
  const bool made = certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 60) != nullptr &&
                    X509_set_pubkey(certificate.get(), key) == 1 && X509_sign(certificate.get(), key, EVP_sha256()) > 0;
  return made ? std::move(certificate) : nullptr;
}

ContextPtr context_of(const SSL_METHOD* method, X509* certificate, EVP_PKEY* key, int version) {
  ContextPtr context(SSL_CTX_new(method));
  const bool made = context && SSL_CTX_set_min_proto_version(context.get(), version) == 1 &&
                    SSL_CTX_set_max_proto_version(context.get(), version) == 1 &&
                    SSL_CTX_use_cert_and_key(context.get(), certificate, key, nullptr, 1) == 1;
  if (!made) return nullptr;
  SSL_CTX_set_cert_verify_callback(context.get(), &accept_any, nullptr);
  return context;
}

// Both ends take turns until the server has seen the certificate, or nothing moves any more.
bool arrives(SSL* client, SSL* server) {
  constexpr int max_turns = 10;
  BIO* near = nullptr;
  BIO* far = nullptr;
  if (BIO_new_bio_pair(&near, 0, &far, 0) != 1) return false;
  SSL_set_bio(client, near, near);
  SSL_set_bio(server, far, far);
  SSL_set_connect_state(client);
  SSL_set_accept_state(server);

  for (int turn = 0; turn < max_turns; ++turn) {
    SSL_do_handshake(client);
    if (SSL_do_handshake(server) == 1) return SSL_get0_peer_certificate(server) != nullptr;
  }
  return false;
}

bool arrives_in(int version, X509* certificate, EVP_PKEY* key) {
  const KeyPtr server_key(EVP_EC_gen("P-256"));
  const CertificatePtr server_certificate = certificate_for(server_key.get());
  if (!server_certificate) return false;

  const ContextPtr near = context_of(TLS_client_method(), certificate, key, version);
  const ContextPtr far = context_of(TLS_server_method(), server_certificate.get(), server_key.get(), version);
  if (!near || !far) return false;
  SSL_CTX_set_verify(far.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);

  const SslPtr client(SSL_new(near.get()));
  const SslPtr server(SSL_new(far.get()));
  return client && server && arrives(client.get(), server.get());
}

}  // namespace

std::optional<std::string> why_unsendable(X509* certificate, EVP_PKEY* key) {
  const EVP_PKEY* const shown = X509_get0_pubkey(certificate);
  if (shown == nullptr) return "its public key cannot be read";
  if (has_explicit_parameters(shown)) {
    return "its EC key spells its curve out instead of naming it, which RFC 5480 (2.1.1) forbids";
  }
  if (is_common(shown)) return std::nullopt;

  const bool can_be_sent = arrives_in(TLS1_3_VERSION, certificate, key) || arrives_in(TLS1_2_VERSION, certificate, key);
  ERR_clear_error();
  if (can_be_sent) return std::nullopt;
  return fmt::format("no version of TLS takes a key of the type {}", key_type(shown));
}

}  // namespace muster::ssl
