#include "agent/transfer/exchange.h"

#include <algorithm>

#include "agent/transfer/exchange_callbacks.h"
#include "platform/base/text.h"
#include "platform/socket.h"

namespace muster::transfer {
namespace {

Request as_request(Probe probe) {
  Request request;
  request.endpoint = std::move(probe.endpoint);
  // A TCP probe is an unencrypted URL on which no byte is ever sent.
  if (probe.depth == Probe::Depth::tcp) request.endpoint.tls = false;
  request.path = "/";
  request.limits.total = probe.options.network_timeout;
  request.options = probe.options;
  request.group = probe.group;
  return request;
}

std::string place_of(const Endpoint& to) { return to.host + ' ' + to.proxy; }

}  // namespace

Exchange::Exchange(ExchangeId id, Request request, const ExchangeHooks& hooks)
    : Exchange(id, std::move(request), hooks, false) {}

Exchange::Exchange(ExchangeId id, Probe probe, const ExchangeHooks& hooks)
    : Exchange(id, as_request(std::move(probe)), hooks, true) {}

Exchange::Exchange(ExchangeId id, Request request, const ExchangeHooks& hooks, bool is_probe)
    : id_(id),
      request_(std::move(request)),
      is_probe_(is_probe),
      hooks_(hooks),
      turns_(request_.options.ip_version, place_of(request_.endpoint), hooks.families),
      options_(hooks.record),
      answer_(request_.method, request_.limits.largest_reply) {
  prepare();
}

OptionLists::~OptionLists() {
  curl_slist_free_all(headers);
  curl_slist_free_all(resolve);
}

Exchange::~Exchange() { curl_easy_cleanup(easy_); }

void Exchange::run_beside(Exchange& other) {
  if (!is_probe_ && !other.is_probe_) course_.hindered = other.course_.hindered = true;
}

std::optional<Outcome> Exchange::refused_option() const {
  Outcome outcome;
  if (text::starts_with_ignoring_case(request_.endpoint.proxy, "https://")) {
    // The library calls on_context() for the proxy's TLS too, where our certificate must not be shown.
    outcome.cause = Cause::proxy;
    outcome.detail = "a proxy that is spoken to in TLS is not supported";
    return outcome;
  }

  if (easy_ != nullptr && options_.all_accepted()) return std::nullopt;
  outcome.cause = Cause::internal;
  outcome.detail = "a setting was refused: " + describe(options_.first_refused());
  return outcome;
}

Outcome Exchange::finish(CURLcode code) {
  adopt_record_of_connection();
  Outcome outcome;
  if (handshake_) outcome.handshake = *handshake_;
  const Facts known = facts(code);
  if (known.answer.bad_head && answer_.bad_head().empty()) answer_.refuse("a line of its head is too long");

  if (is_probe_ && code == CURLE_OK) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket);
    platform::UniqueFd borrowed(static_cast<int>(socket));
    outcome.socket = borrowed.duplicate();  // the library closes its own when the handle goes
    borrowed.release();
    outcome.cause = outcome.socket ? Cause::answered : Cause::internal;
  } else {
    outcome.cause = classify(known, answer_.reply(), outcome.handshake);
    outcome.trouble = trouble_of(outcome.cause, known, answer_.reply(), outcome.handshake);
  }

  if (code != CURLE_OK) outcome.detail = answer_.bad_head().empty() ? describe(code) : answer_.bad_head();
  if (outcome.cause == Cause::proxy) outcome.proxy = proxy_answer(known);
  outcome.turned = outcome.cause == Cause::answered && turns_.has_turned();
  outcome.early = outcome.cause == Cause::answered && connection_.early;

  measure(outcome);
  // The kernel's own time of it: on a busy machine this thread hears of it late.
  if (outcome.socket) {
    const auto round_trip = platform::round_trip_of(outcome.socket.get());
    if (round_trip) outcome.timing.connect = std::min(outcome.timing.connect, *round_trip);
  }

  outcome.reply = answer_.take_reply();
  outcome.sent = sent();
  outcome.received = answer_.received();
  outcome.slow = outcome.cause == Cause::answered && !course_.hindered &&
                 was_slow(outcome, course_.own_time, request_.options.min_speed);
  outcome.local = std::move(course_.local);
  return outcome;
}

Outcome Exchange::stop(Cause cause) {
  Outcome outcome;
  outcome.cause = cause;
  if (handshake_) outcome.handshake = *handshake_;
  measure(outcome);
  outcome.sent = sent();
  outcome.received = answer_.received();
  return outcome;
}

}  // namespace muster::transfer
