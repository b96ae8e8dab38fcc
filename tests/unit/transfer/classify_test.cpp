#include "agent/transfer/classify.h"

#include <catch2/catch.hpp>
#include <curl/curl.h>

#include <cerrno>

using namespace muster;
using transfer::Cause;
using transfer::classify;
using transfer::Facts;
using transfer::Reply;
using transfer::Trouble;

namespace {

Facts facts_with(CURLcode code) {
  Facts facts;
  facts.curl_code = code;
  facts.way.connected = true;
  return facts;
}

Reply reply_with(int status, std::string excerpt = {}) {
  Reply reply;
  reply.status = status;
  reply.excerpt = std::move(excerpt);
  return reply;
}

ssl::Handshake handshake_with_alert(int alert) {
  ssl::Handshake handshake;
  handshake.certificate_requested = true;
  handshake.alert_received = alert;
  return handshake;
}

}  // namespace

TEST_CASE("what fails before TLS has begun behind a proxy is the proxy's", "[classify]") {
  for (const CURLcode code : {CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_WEIRD_SERVER_REPLY}) {
    Facts facts = facts_with(code);
    facts.way.uses_proxy = true;
    facts.way.asks_proxy = true;
    CHECK(classify(facts, {}, {}) == Cause::proxy);
    facts.way.asks_proxy = false;
    CHECK(classify(facts, {}, {}) != Cause::proxy);
  }
}

TEST_CASE("a 407 is a proxy's only where there is one to give it", "[classify]") {
  Facts facts = facts_with(CURLE_OK);
  CHECK(classify(facts, reply_with(407), {}) == Cause::answered);
  facts.way.uses_proxy = true;
  CHECK(classify(facts, reply_with(407), {}) == Cause::answered);  // it came through TLS: the beacon's
  facts.way.tls = false;
  CHECK(classify(facts, reply_with(407), {}) == Cause::proxy);
}

TEST_CASE("what went wrong on the way is told apart by the system's number, the alert and OpenSSL's reason",
          "[classify]") {
  using transfer::trouble_of;
  auto connect = facts_with(CURLE_COULDNT_CONNECT);
  for (const auto& [number, trouble] :
       {std::pair(ECONNREFUSED, Trouble::refused), std::pair(EHOSTUNREACH, Trouble::no_route),
        std::pair(ENETUNREACH, Trouble::no_route), std::pair(EADDRNOTAVAIL, Trouble::no_route),
        std::pair(EACCES, Trouble::forbidden), std::pair(ETIMEDOUT, Trouble::unanswered),
        std::pair(0, Trouble::none)}) {
    connect.os_errno = number;
    CHECK(trouble_of(Cause::connect, connect, {}, {}) == trouble);
  }
  CHECK(trouble_of(Cause::connect, facts_with(CURLE_OPERATION_TIMEDOUT), {}, {}) == Trouble::unanswered);
  CHECK(trouble_of(Cause::tls, facts_with(CURLE_OPERATION_TIMEDOUT), {}, {}) == Trouble::unanswered);
  CHECK(trouble_of(Cause::tls, facts_with(CURLE_SSL_CONNECT_ERROR), {}, handshake_with_alert(70)) == Trouble::old_tls);
  auto tls = facts_with(CURLE_SSL_CONNECT_ERROR);
  tls.tls_failure = ssl::TlsFailure::old_tls;
  CHECK(trouble_of(Cause::tls, tls, {}, {}) == Trouble::old_tls);
  tls.tls_failure = ssl::TlsFailure::not_tls;
  CHECK(trouble_of(Cause::tls, tls, {}, {}) == Trouble::not_tls);
  ssl::Handshake asked;
  asked.certificate_requested = true;
  CHECK(trouble_of(Cause::broken, facts_with(CURLE_RECV_ERROR), {}, asked) == Trouble::no_alert);
  CHECK(trouble_of(Cause::broken, facts_with(CURLE_RECV_ERROR), {}, {}) == Trouble::none);
  asked.alert_received = 80;
  CHECK(trouble_of(Cause::broken, facts_with(CURLE_RECV_ERROR), {}, asked) == Trouble::no_alert);
  asked.alert_received = 50;
  CHECK(trouble_of(Cause::broken, facts_with(CURLE_RECV_ERROR), {}, asked) == Trouble::none);
  asked.alert_received.reset();
  CHECK(trouble_of(Cause::broken, facts_with(CURLE_PARTIAL_FILE), reply_with(200), asked) == Trouble::none);
}

TEST_CASE("a key of ours that cannot be used is no fault of the beacon's", "[classify]") {
  auto facts = facts_with(CURLE_SSL_CONNECT_ERROR);
  facts.tls_failure = ssl::TlsFailure::own_key;
  CHECK(transfer::classify(facts, {}, {}) == Cause::identity_refused);
}

TEST_CASE("a limit of open files is nobody else's fault", "[classify]") {
  for (const auto code : {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY}) {
    auto facts = facts_with(code);
    facts.way.sockets_left = false;
    CHECK(classify(facts, {}, {}) == Cause::internal);
    CHECK(transfer::trouble_of(Cause::internal, facts, {}, {}) == Trouble::no_descriptor);
  }
}

TEST_CASE("an incoming alert that blames our certificate decides before any library code", "[classify]") {
  // The same refusal is 35 or 60 under TLS 1.2 and 56, sometimes 55, under TLS 1.3.
  const auto code =
      GENERATE(CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_RECV_ERROR, CURLE_SEND_ERROR);
  const auto alert = GENERATE(42, 43, 44, 45, 46, 48, 49, 116);
  CHECK(classify(facts_with(code), {}, handshake_with_alert(alert)) == Cause::identity_refused);
}

TEST_CASE("an alert about the protocol version is no refusal of the certificate", "[classify]") {
  CHECK(classify(facts_with(CURLE_SSL_CONNECT_ERROR), {}, handshake_with_alert(70)) == Cause::tls);
}

TEST_CASE("our own refusal of the server is not taken for the network's fault", "[classify]") {
  ssl::Handshake handshake;
  handshake.fault = ssl::ServerFault::revocation_unknown;
  CHECK(classify(facts_with(CURLE_SSL_CONNECT_ERROR), {}, handshake) == Cause::server_untrusted);
  CHECK(classify(facts_with(CURLE_PEER_FAILED_VERIFICATION), {}, {}) == Cause::server_untrusted);
}

TEST_CASE("nginx's 400 about the client certificate is a refusal of the identity", "[classify]") {
  CHECK(classify(facts_with(CURLE_OK), reply_with(400, "<h1>No required SSL certificate was sent</h1>"), {}) ==
        Cause::identity_refused);
  CHECK(classify(facts_with(CURLE_OK), reply_with(400, "The SSL certificate error"), {}) == Cause::identity_refused);
  CHECK(classify(facts_with(CURLE_OK), reply_with(496), {}) == Cause::identity_refused);
  CHECK(classify(facts_with(CURLE_OK), reply_with(400, "Bad Request"), {}) == Cause::answered);
}

TEST_CASE("a good answer without a length cannot be told from one that was cut short", "[classify]") {
  Facts facts = facts_with(CURLE_OK);
  facts.answer.length_known = false;
  CHECK(classify(facts, reply_with(200), {}) == Cause::bad_answer);
  CHECK(classify(facts, reply_with(204), {}) == Cause::answered);
  CHECK(classify(facts, reply_with(404), {}) == Cause::answered);
}

TEST_CASE("no final status line is no answer", "[classify]") {
  CHECK(classify(facts_with(CURLE_OK), reply_with(0), {}) == Cause::bad_answer);
  CHECK(classify(facts_with(CURLE_RECV_ERROR), reply_with(0), {}) == Cause::broken);
}

TEST_CASE("a refusal that came before the connection broke still counts", "[classify]") {
  CHECK(classify(facts_with(CURLE_SEND_ERROR), reply_with(413), {}) == Cause::answered);
  CHECK(classify(facts_with(CURLE_RECV_ERROR), reply_with(200), {}) == Cause::broken);
}

TEST_CASE("a time-out is told by how far it got", "[classify]") {
  Facts facts = facts_with(CURLE_OPERATION_TIMEDOUT);
  CHECK(classify(facts, {}, {}) == Cause::tls);
  facts.way.connected = false;
  CHECK(classify(facts, {}, {}) == Cause::connect);
  facts.way.connected = true;
  ssl::Handshake complete;
  complete.complete = true;
  CHECK(classify(facts, {}, complete) == Cause::stalled);
}

TEST_CASE("what was not silent, but took too long in all, is told from what stalled", "[classify]") {
  Facts facts = facts_with(CURLE_OPERATION_TIMEDOUT);
  ssl::Handshake complete;
  complete.complete = true;
  CHECK(trouble_of(Cause::stalled, facts, {}, complete) == Trouble::none);
  facts.own.overdue = true;
  CHECK(trouble_of(Cause::stalled, facts, {}, complete) == Trouble::overdue);
  CHECK(trouble_of(Cause::tls, facts, {}, complete) == Trouble::unanswered);
  CHECK(trouble_of(Cause::connect, facts, {}, complete) == Trouble::unanswered);
}

TEST_CASE("our own limits and files go before what the library makes of them", "[classify]") {
  Facts facts = facts_with(CURLE_WRITE_ERROR);
  facts.answer.over_limit = true;
  CHECK(classify(facts, reply_with(200), {}) == Cause::too_large);
  CHECK(classify(facts, reply_with(500), {}) == Cause::answered);
  facts.own.sink_failed = true;
  CHECK(classify(facts, reply_with(200), {}) == Cause::local_write);
  facts.own.read_failed = true;
  CHECK(classify(facts, reply_with(0), {}) == Cause::local_read);
}

TEST_CASE("a flood of header fields is a bad answer and not our lack of memory", "[classify]") {
  Facts facts = facts_with(CURLE_OUT_OF_MEMORY);
  CHECK(classify(facts, {}, {}) == Cause::internal);
  facts.answer.bad_head = true;
  CHECK(classify(facts, {}, {}) == Cause::bad_answer);
}

TEST_CASE("an unknown code after the first byte of an answer is a bad answer, and before it our own", "[classify]") {
  constexpr int too_large = 100;  // since libcurl 8.6
  constexpr int of_a_later_release = 9999;
  for (const int code : {int{CURLE_BAD_CONTENT_ENCODING}, int{CURLE_WRITE_ERROR}, int{CURLE_HTTP2}, int{CURLE_HTTP3},
                         int{CURLE_RANGE_ERROR}, too_large, of_a_later_release}) {
    Facts facts;
    facts.curl_code = code;
    facts.way.connected = true;
    CHECK(classify(facts, {}, {}) == Cause::internal);
    facts.answer.begun = true;
    CHECK(classify(facts, {}, {}) == Cause::bad_answer);
    CHECK(classify(facts, reply_with(200), {}) == Cause::bad_answer);
    CHECK(classify(facts, reply_with(413), {}) == Cause::answered);
  }
}

TEST_CASE("our own memory and settings are not the beacon's fault, however far it got", "[classify]") {
  for (const auto code : {CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION,
                          CURLE_ABORTED_BY_CALLBACK}) {
    Facts facts = facts_with(code);
    facts.answer.begun = true;
    CHECK(classify(facts, reply_with(200), {}) == Cause::internal);
  }
}

TEST_CASE("a body without a length is a bad answer, whether its connection ends well or not", "[classify]") {
  for (const auto code : {CURLE_OK, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR}) {
    Facts facts = facts_with(code);
    facts.answer.begun = facts.answer.body_begun = true;
    facts.answer.length_known = false;
    CHECK(classify(facts, reply_with(200), {}) == Cause::bad_answer);
    CHECK(classify(facts, reply_with(404), {}) == Cause::answered);
    if (code == CURLE_OK) continue;
    facts.answer.body_begun = false;  // the head may have been cut short before the field that names the length
    CHECK(classify(facts, reply_with(200), {}) == Cause::broken);
  }
}

TEST_CASE("the system's number is only shown where it belongs to the failure", "[classify]") {
  using transfer::fresh_errno;
  CHECK(fresh_errno(CURLE_COULDNT_CONNECT, ECONNREFUSED, 0) == ECONNREFUSED);
  for (const auto code : {CURLE_SSL_CONNECT_ERROR, CURLE_SEND_ERROR, CURLE_RECV_ERROR}) {
    CHECK(fresh_errno(code, ECONNRESET, 0) == ECONNRESET);
    CHECK(fresh_errno(code, ECONNRESET, ECONNREFUSED) == ECONNRESET);
    CHECK(fresh_errno(code, ECONNREFUSED, ECONNREFUSED) == 0);  // of another address, before this one was connected
  }
  for (const auto code : {CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY,
                          CURLE_PEER_FAILED_VERIFICATION, CURLE_COULDNT_RESOLVE_HOST}) {
    CHECK(fresh_errno(code, ECONNREFUSED, 0) == 0);
  }
}

TEST_CASE("a proxy's refusal is the proxy's", "[classify]") {
  Facts facts = facts_with(CURLE_RECV_ERROR);
  facts.way.proxy_status = 403;
  CHECK(classify(facts, {}, {}) == Cause::proxy);
}

TEST_CASE("a 2xx that comes before the whole body was sent delivers nothing", "[classify]") {
  Facts facts = facts_with(CURLE_OK);
  facts.own.body_sent = false;
  CHECK(classify(facts, reply_with(201), {}) == Cause::early_answer);
  CHECK(classify(facts, reply_with(413), {}) == Cause::answered);
}

TEST_CASE("an expectation that is refused is the answer", "[classify]") {
  CHECK(classify(facts_with(CURLE_TOO_MANY_REDIRECTS), reply_with(417), {}) == Cause::answered);
}

TEST_CASE("a transfer is slow by its whole time on the connection, where that is long enough to tell", "[classify]") {
  constexpr std::uint64_t wanted = 10'000;
  constexpr microseconds ours{0};
  transfer::Outcome outcome;
  outcome.new_connection = true;
  outcome.timing = {seconds(2), seconds(2), seconds(5), seconds(8)};
  outcome.sent = 39'000;  // in four seconds
  CHECK(was_slow(outcome, ours, wanted));
  outcome.sent = 41'000;
  CHECK_FALSE(was_slow(outcome, ours, wanted));
  outcome.new_connection = false;
  CHECK(was_slow(outcome, ours, wanted));
  outcome.timing = {seconds(0), seconds(0), milliseconds(2900), milliseconds(2900)};
  outcome.sent = 1;
  CHECK_FALSE(was_slow(outcome, ours, wanted));
  outcome.timing.total = seconds(60);
  outcome.sent = 0;  // nothing was to be moved
  CHECK_FALSE(was_slow(outcome, ours, wanted));
}

TEST_CASE("where no speed is asked for, and by the time that we took ourselves, no transfer is slow", "[classify]") {
  transfer::Outcome outcome;
  outcome.timing.total = outcome.timing.first_byte = seconds(8);
  outcome.received = 250;
  CHECK_FALSE(was_slow(outcome, seconds(0), 0));
  CHECK(was_slow(outcome, seconds(0), 100));
  CHECK(was_slow(outcome, seconds(4), 100));
  CHECK_FALSE(was_slow(outcome, seconds(4), 60));  // 250 in four seconds
  CHECK_FALSE(was_slow(outcome, seconds(6), 100));
}

TEST_CASE("a 2xx before the whole body was sent proves nothing once the connection has failed", "[classify]") {
  for (const CURLcode code : {CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_OPERATION_TIMEDOUT, CURLE_PARTIAL_FILE}) {
    auto facts = facts_with(code);
    facts.answer.early = true;
    CHECK(classify(facts, reply_with(201), {}) == Cause::early_answer);
    CHECK(classify(facts, reply_with(403), {}) != Cause::early_answer);
    CHECK(classify(facts, reply_with(201), handshake_with_alert(48)) == Cause::identity_refused);
  }
  auto sent = facts_with(CURLE_OK);
  sent.answer.early = true;
  CHECK(classify(sent, reply_with(201), {}) == Cause::answered);  // the caller asks whether it is there
}

TEST_CASE("a time-out before the name was resolved is about the name", "[classify]") {
  auto facts = facts_with(CURLE_OPERATION_TIMEDOUT);
  facts.way.connected = facts.way.resolved = false;
  CHECK(classify(facts, {}, {}) == Cause::name);
  facts.way.resolved = true;
  CHECK(classify(facts, {}, {}) == Cause::connect);
}
