#include "tests/unit/ssl/tls_server.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <stdexcept>

namespace muster::testing {
namespace {

using Context = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;
using Connection = std::unique_ptr<SSL, void (*)(SSL*)>;

void must(bool done) {
  if (!done) throw std::runtime_error("the tests cannot set up their TLS server");
}

X509* kept(const Certificate& certificate) {
  X509_up_ref(certificate.get());
  return certificate.get();
}

Context server_context(const ServerSide& side) {
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  must(SSL_CTX_use_certificate(context.get(), side.leaf.certificate.get()) == 1);
  must(SSL_CTX_use_PrivateKey(context.get(), side.leaf.key.get()) == 1);
  for (const Certificate& one : side.chain) must(SSL_CTX_add0_chain_cert(context.get(), kept(one)) == 1);
  must(SSL_CTX_set_min_proto_version(context.get(), side.version) == 1);
  must(SSL_CTX_set_max_proto_version(context.get(), side.version) == 1);
  SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);  // as Apache httpd does
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("test"), 4);
  if (!side.client_algorithms.empty()) {
    must(SSL_CTX_set1_client_sigalgs_list(context.get(), side.client_algorithms.c_str()) == 1);
  }
  for (const Certificate& one : side.client_cas) {
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), one.get()) == 1);
    must(SSL_CTX_add_client_CA(context.get(), one.get()) == 1);
  }
  return context;
}

int client_check(const ServerSide& side) {
  return SSL_VERIFY_PEER | (side.certificate_demanded ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

bool finished(SSL* ssl, bool& gave_up) {
  if (gave_up) return false;
  const int result = SSL_do_handshake(ssl);
  if (result == 1) return true;
  const int error = SSL_get_error(ssl, result);
  gave_up = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
  return false;
}

// Lets both sides talk until neither has anything to say.
void converse(SSL* client, SSL* server, Meeting& meeting) {
  bool client_gave_up = false;
  bool server_gave_up = false;
  bool server_done = false;
  for (int i = 0; i < 40; ++i) {
    if (finished(client, client_gave_up)) meeting.client_done = true;
    if (finished(server, server_gave_up)) server_done = true;
    if (server_done && SSL_renegotiate_pending(server) == 0) SSL_write(server, "x", 1);
    char byte = 0;
    if (meeting.client_done && SSL_read(client, &byte, 1) == 1) meeting.data_arrived = true;
    char ignored = 0;
    if (server_done) SSL_read(server, &ignored, 1);
    ERR_clear_error();
  }
}

bool ask_now(SSL* server, const ServerSide& side) {
  SSL_set_verify(server, client_check(side), nullptr);
  if (side.version == TLS1_3_VERSION) return SSL_verify_client_post_handshake(server) == 1;
  return SSL_renegotiate(server) == 1;
}

void send_warning(SSL* client, int alert) {
  // As the record layer would deliver it: the callback gets what came in.
  using Callback = void (*)(const SSL*, int, int);
  const Callback callback = SSL_CTX_get_info_callback(SSL_get_SSL_CTX(client));
  must(callback != nullptr);
  callback(client, SSL_CB_READ_ALERT, (SSL3_AL_WARNING << 8) | alert);
}

void note_client(SSL* server, Meeting& meeting) {
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(server);
  X509* leaf = SSL_get0_peer_certificate(server);
  if (leaf == nullptr) return;
  meeting.client_chain = 1 + static_cast<std::size_t>(chain == nullptr ? 0 : sk_X509_num(chain));
  char name[64] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, name, sizeof name);
  if (SSL_get_verify_result(server) == X509_V_OK) meeting.client_seen = name;
}

}  // namespace

Meeting meet(const ssl::ClientContext& client, const ServerSide& side, const std::string& host,
             const std::function<void(SSL_CTX*)>& meddle) {
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  Meeting meeting;
  const auto record = client.before_handshake(context.get(), host);
  must(record.has_value());
  meeting.record = *record;
  if (meddle) meddle(context.get());
  const Context other(server_context(side));
  const Connection ours(SSL_new(context.get()), SSL_free);
  const Connection theirs(SSL_new(other.get()), SSL_free);
  if (!side.client_cas.empty() && !side.ask_late) SSL_set_verify(theirs.get(), client_check(side), nullptr);
  BIO* left = nullptr;
  BIO* right = nullptr;
  must(BIO_new_bio_pair(&left, 1 << 18, &right, 1 << 18) == 1);
  SSL_set_bio(ours.get(), left, left);
  SSL_set_bio(theirs.get(), right, right);
  SSL_set_connect_state(ours.get());
  SSL_set_accept_state(theirs.get());
  converse(ours.get(), theirs.get(), meeting);
  if (side.ask_late && meeting.client_done) {
    meeting.data_arrived = false;
    must(ask_now(theirs.get(), side));
    converse(ours.get(), theirs.get(), meeting);
  }
  if (side.warning_alert >= 0) send_warning(ours.get(), side.warning_alert);
  note_client(theirs.get(), meeting);
  meeting.record_of_connection = ssl::ClientContext::record_of(ours.get()) == meeting.record;
  return meeting;
}

}  // namespace muster::testing
