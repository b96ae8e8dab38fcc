#include "tests/unit/ssl/server.h"

#include <openssl/ssl.h>

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, ssl::Free<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, ssl::Free<SSL_free>>;

ContextPtr server_context(const ServerProfile& profile) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), profile.pair->certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), profile.pair->key.get());
  for (const Pair* one : profile.chain) SSL_CTX_add1_chain_cert(context.get(), one->certificate.get());
  if (profile.client_ca != nullptr) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), profile.client_ca->certificate.get());
    SSL_CTX_add_client_CA(context.get(), profile.client_ca->certificate.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (profile.version != 0) {
    SSL_CTX_set_min_proto_version(context.get(), profile.version);
    SSL_CTX_set_max_proto_version(context.get(), profile.version);
  }
  return context;
}

std::string peer_name(const SSL* server) {
  const ssl::CertificatePtr peer(SSL_get1_peer_certificate(server));
  if (!peer) return {};
  char name[256] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(peer.get()), NID_commonName, &name[0], sizeof name);
  return &name[0];
}

}  // namespace

Handshaken shake_hands(const ssl::ClientContext& client, const std::string& host, const ServerProfile& profile) {
  const ContextPtr client_context(SSL_CTX_new(TLS_client_method()));
  auto record = client.apply(client_context.get(), host);
  REQUIRE(record);
  const ContextPtr context = server_context(profile);
  const SslPtr near(SSL_new(client_context.get()));
  const SslPtr far(SSL_new(context.get()));
  BIO* near_end = nullptr;
  BIO* far_end = nullptr;
  BIO_new_bio_pair(&near_end, 0, &far_end, 0);
  SSL_set_bio(near.get(), near_end, near_end);
  SSL_set_bio(far.get(), far_end, far_end);
  SSL_set_connect_state(near.get());
  SSL_set_accept_state(far.get());
  Handshaken result;
  for (int step = 0; step < 20; ++step) {
    result.client_done = SSL_do_handshake(near.get()) == 1;
    result.server_done = SSL_do_handshake(far.get()) == 1;
  }
  char byte = 0;
  SSL_read(near.get(), &byte, 1);  // under TLS 1.3 a refusal comes only now
  result.record = **record;
  result.client_name = peer_name(far.get());
  CHECK(ssl::ClientContext::record_of(near.get()) == *record);
  return result;
}

}  // namespace muster::test
