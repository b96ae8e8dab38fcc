#include "agent/transfer/classify.h"

#include <curl/curl.h>

#include <algorithm>
#include <cerrno>

#include "platform/base/text.h"

namespace muster::transfer {
namespace {

// nginx finishes the handshake with any client and complains in HTTP; 495 and 496 are its own numbers for it.
bool nginx_refused_certificate(const Reply& reply) {
  if (reply.status == 495 || reply.status == 496) return true;
  if (reply.status != 400) return false;
  return text::contains_ignoring_case(reply.excerpt, "SSL certificate error") ||
         text::contains_ignoring_case(reply.excerpt, "No required SSL certificate was sent");
}

constexpr seconds telling{3};  // less may be a packet that was lost

bool may_lack_body(int status) { return status == 204 || status == 304; }

Cause of_answer(const Facts& facts, const Reply& reply) {
  if (reply.status == 407 && facts.way.uses_proxy && !facts.way.tls)
    return Cause::proxy;  // without TLS there is no CONNECT
  if (reply.status < 200) return Cause::bad_answer;
  if (nginx_refused_certificate(reply)) return Cause::identity_refused;
  if (reply.good() && !facts.answer.length_known && !may_lack_body(reply.status)) return Cause::bad_answer;
  return Cause::answered;
}

Cause of_timeout(const Facts& facts, const ssl::Handshake& handshake) {
  if (!facts.way.resolved) return Cause::name;
  if (!facts.way.connected) return Cause::connect;
  return facts.way.tls && !handshake.complete ? Cause::tls : Cause::stalled;
}

// The connection failed somewhere: a status that had already come still counts when it is a refusal.
Cause of_break(const Facts& facts, const Reply& reply, Cause otherwise) {
  if (facts.way.proxy_status >= 300 || facts.way.asks_proxy) return Cause::proxy;
  if (reply.status >= 300) return of_answer(facts, reply);
  return otherwise;
}

// A good body without a known end is no more whole when the connection ends with an error.
Cause of_lost_connection(const Facts& facts, const Reply& reply) {
  const bool endless = reply.good() && facts.answer.body_begun && !facts.answer.length_known;
  return of_break(facts, reply, endless ? Cause::bad_answer : Cause::broken);
}

// The library has more and more codes for what it does not accept in an answer. Before the first byte of one, and where
// memory or a setting of ours is at fault, the beacon has nothing to do with it.
Cause of_unknown_code(const Facts& facts, const Reply& reply) {
  switch (facts.curl_code) {
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION: return Cause::internal;
    default: return facts.answer.begun ? of_break(facts, reply, Cause::bad_answer) : Cause::internal;
  }
}

Cause of_code(const Facts& facts, const Reply& reply, const ssl::Handshake& handshake) {
  switch (facts.curl_code) {
    case CURLE_OK: return of_answer(facts, reply);
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST: return facts.way.sockets_left ? Cause::name : Cause::internal;
    case CURLE_COULDNT_CONNECT: return facts.way.sockets_left ? Cause::connect : Cause::internal;
    case CURLE_PROXY: return Cause::proxy;
    case CURLE_OPERATION_TIMEDOUT: return of_timeout(facts, handshake);
    case CURLE_SSL_CONNECT_ERROR: return of_break(facts, reply, Cause::tls);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ISSUER_ERROR: return Cause::server_untrusted;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE: return of_lost_connection(facts, reply);
    case CURLE_TOO_MANY_REDIRECTS:  // the library would ask again by itself after 417
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return of_break(facts, reply, Cause::bad_answer);
    case CURLE_FILESIZE_EXCEEDED: return Cause::too_large;
    default: return of_unknown_code(facts, reply);
  }
}

Trouble of_connect(const Facts& facts) {
  if (facts.curl_code == CURLE_OPERATION_TIMEDOUT) return Trouble::unanswered;
  switch (facts.os_errno) {
    case ECONNREFUSED: return Trouble::refused;
    case ETIMEDOUT: return Trouble::unanswered;
    case EACCES:
    case EPERM: return Trouble::forbidden;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EADDRNOTAVAIL:
    case EINVAL: return Trouble::no_route;  // EINVAL: a route of the type blackhole
    default: return Trouble::none;
  }
}

Trouble of_handshake(const Facts& facts, const ssl::Handshake& handshake) {
  constexpr int alert_protocol_version = 70;  // RFC 8446, 6.2

  if (facts.curl_code == CURLE_OPERATION_TIMEDOUT) return Trouble::unanswered;
  if (handshake.alert_received == alert_protocol_version) return Trouble::old_tls;
  switch (facts.tls_failure) {
    case ssl::TlsFailure::old_tls: return Trouble::old_tls;
    case ssl::TlsFailure::not_tls: return Trouble::not_tls;
    case ssl::TlsFailure::own_key:
    case ssl::TlsFailure::none: break;
  }
  return Trouble::none;
}

}  // namespace

int fresh_errno(int curl_code, int number, int when_connected) {
  switch (curl_code) {
    case CURLE_COULDNT_CONNECT: return number;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return number == when_connected ? 0 : number;
    default: return 0;  // no system call has failed, or not in this attempt
  }
}

Trouble trouble_of(Cause cause, const Facts& facts, const Reply& reply, const ssl::Handshake& handshake) {
  Trouble trouble = Trouble::none;
  if (cause == Cause::internal && !facts.way.sockets_left) return Trouble::no_descriptor;
  if (cause == Cause::connect) return of_connect(facts);
  if (cause == Cause::stalled && facts.own.overdue) return Trouble::overdue;
  if (cause == Cause::tls) trouble = of_handshake(facts, handshake);
  if (cause != Cause::tls && cause != Cause::broken) return trouble;
  constexpr int internal_error = 80;  // of a chain that is longer than Apache allows
  const bool blames_nobody = handshake.alert_received.value_or(internal_error) == internal_error;
  const bool silent = handshake.certificate_requested && blames_nobody && reply.status == 0;
  return silent && trouble == Trouble::none ? Trouble::no_alert : trouble;
}

bool was_slow(const Outcome& outcome, microseconds own_time, std::uint64_t wanted) {
  const Timing& timing = outcome.timing;
  const microseconds before = outcome.new_connection ? timing.connect + timing.tls : microseconds::zero();
  const std::uint64_t bytes = std::max(outcome.sent, outcome.received);
  const std::chrono::duration<double> taken = timing.total - before - own_time;
  return bytes > 0 && taken >= telling && static_cast<double>(bytes) < taken.count() * static_cast<double>(wanted);
}

Cause classify(const Facts& facts, const Reply& reply, const ssl::Handshake& handshake) {
  if (facts.own.lost_race) return Cause::lost_race;
  if (facts.own.read_failed) return Cause::local_read;
  if (facts.own.sink_failed) return Cause::local_write;
  if (facts.curl_code != CURLE_OK) {
    const bool is_unusable = facts.tls_failure == ssl::TlsFailure::own_key;
    if (is_unusable || ssl::blames_client_certificate(handshake)) return Cause::identity_refused;
    if (handshake.fault != ssl::ServerFault::none) return Cause::server_untrusted;
  }

  if (facts.answer.bad_head) return Cause::bad_answer;
  // A 2xx before the whole body was sent does not prove delivery.
  const bool failed_afterwards = facts.answer.early && facts.curl_code != CURLE_OK;
  if (reply.good() && (failed_afterwards || !facts.own.body_sent)) return Cause::early_answer;
  if (facts.answer.over_limit) return reply.good() ? Cause::too_large : of_answer(facts, reply);
  return of_code(facts, reply, handshake);
}

}  // namespace muster::transfer
