#include "agent/transfer/exchange.h"

#include <algorithm>
#include <array>

#include "agent/transfer/exchange_callbacks.h"
#include "platform/base/text.h"
#include "platform/base/url.h"
#include "platform/file.h"
#include "platform/socket.h"

namespace muster::transfer {
namespace {

// What fits a TLS record: buffers are allocated for each transfer, and large ones cost more than a small transfer.
constexpr long small_buffer = 16L * 1024;
constexpr std::uint64_t largest_small_body = 256 << 10;

// A large body is sent with a quarter of the waits for the socket that the library's own 64 KiB would cost.
constexpr long large_buffer = 256L * 1024;
constexpr std::uint64_t smallest_large_body = 4 << 20;

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

long curl_ip_version(IpVersion version) {
  switch (version) {
    case IpVersion::v4: return CURL_IPRESOLVE_V4;
    case IpVersion::v6: return CURL_IPRESOLVE_V6;
    case IpVersion::system: break;
  }
  return CURL_IPRESOLVE_WHATEVER;
}

constexpr milliseconds patience_with_family{1000};

IpVersion other(IpVersion version) { return version == IpVersion::v4 ? IpVersion::v6 : IpVersion::v4; }

long milliseconds_of(milliseconds time) { return static_cast<long>(time.count()); }

}  // namespace

Exchange::Exchange(ExchangeId id, Request request, const ExchangeHooks& hooks)
    : id_(id), request_(std::move(request)), hooks_(hooks), options_(hooks.record) {
  prepare();
}

Exchange::Exchange(ExchangeId id, Probe probe, const ExchangeHooks& hooks)
    : id_(id), request_(as_request(std::move(probe))), is_probe_(true), hooks_(hooks), options_(hooks.record) {
  prepare();
}

Exchange::~Exchange() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(resolve_);
}

void Exchange::run_beside(Exchange& other) {
  if (!is_probe_ && !other.is_probe_) hindered_ = other.hindered_ = true;
}

void Exchange::prepare() {
  easy_ = curl_easy_init();
  set_safe_defaults(options_, easy_);
  set_request_options();
  set_callbacks();
}

void Exchange::set_request_options() {
  const Endpoint& to = request_.endpoint;
  options_.text(easy_, CURLOPT_PROTOCOLS_STR, to.tls ? "https" : "http");
  options_.text(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  options_.text(easy_, CURLOPT_URL, to.url(request_.path).c_str());
  options_.number(easy_, CURLOPT_PATH_AS_IS, 1);

  if (!to.proxy.empty()) options_.text(easy_, CURLOPT_PROXY, to.proxy.c_str());
  if (!to.user.empty() && !is_probe_) {
    options_.pointer(easy_, CURLOPT_USERNAME, to.user.c_str());
    const std::string password(to.password ? to.password->reveal() : std::string_view{});
    options_.pointer(easy_, CURLOPT_PASSWORD, password.c_str());
  }

  if (!hooks_.context->trust()->settings().check_server) {
    options_.number(easy_, CURLOPT_SSL_VERIFYPEER, 0);
    options_.number(easy_, CURLOPT_SSL_VERIFYHOST, 0);
  }
  if (to.tls) set_tls_options();

  resolve_again();
  begin_with_family();
  options_.number(easy_, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(request_.options.stall_speed));
  options_.number(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.options.network_timeout.count()));

  if (request_.options.keep_alive) {
    options_.number(easy_, CURLOPT_TCP_KEEPALIVE, 1);
    options_.number(easy_, CURLOPT_TCP_KEEPIDLE, 180);
    options_.number(easy_, CURLOPT_TCP_KEEPINTVL, 10);
  }

  if (is_probe_) {
    options_.number(easy_, CURLOPT_CONNECT_ONLY, 1);
    options_.number(easy_, CURLOPT_FRESH_CONNECT, 1);
    return;
  }

  for (const std::string& header : request_.headers) headers_ = curl_slist_append(headers_, header.c_str());
  switch (request_.method) {
    case Method::get: options_.number(easy_, CURLOPT_HTTPGET, 1); break;
    case Method::head: options_.number(easy_, CURLOPT_NOBODY, 1); break;
    case Method::put:
    case Method::post: set_body_options(); break;
  }

  options_.pointer(easy_, CURLOPT_HTTPHEADER, headers_);
  options_.number(easy_, CURLOPT_FRESH_CONNECT, request_.socket || request_.new_connection ? 1 : 0);
  if (to.tls) expect_alert(true);
}

void Exchange::set_tls_options() {
  const ssl::HandleSettings settings = hooks_.context->settings();
  if (!settings.certificate.empty()) options_.text(easy_, CURLOPT_SSLCERT, settings.certificate.c_str());
  if (settings.checks_revocation_itself) options_.number(easy_, CURLOPT_SSL_OPTIONS, CURLSSLOPT_NO_REVOKE);
  if (!settings.takes_native_context) return;

  // The context brings a CA store of its own, and the library adds no files to it.
  options_.text(easy_, CURLOPT_CAINFO, nullptr);
  options_.text(easy_, CURLOPT_CAPATH, nullptr);
  ExchangeCallbacks::offer_context(*this, options_);
}

// The preferred family gets a second, as a silent beacon does, where the other one may have to do.
void Exchange::begin_with_family() {
  began_ = steady_now();
  family_ = request_.options.ip_version;
  const milliseconds whole = request_.options.network_timeout;
  const bool prefers = family_ != IpVersion::system;
  if (prefers && hooks_.families != nullptr) {
    const auto known = hooks_.families->find(family_key());
    if (known != hooks_.families->end()) family_ = known->second;
  }

  options_.number(easy_, CURLOPT_IPRESOLVE, curl_ip_version(family_));
  options_.number(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                  milliseconds_of(prefers ? std::min(whole / 2, patience_with_family) : whole));
  set_time_limit(request_.limits.total);
}

void Exchange::set_time_limit(milliseconds limit) {
  time_limit_ = limit;
  options_.number(easy_, CURLOPT_TIMEOUT_MS, milliseconds_of(limit));
}

std::string Exchange::family_key() const { return request_.endpoint.host + ' ' + request_.endpoint.proxy; }

bool Exchange::turn_to_other_family(Outcome& outcome) {
  constexpr milliseconds shortest{1000};
  if (family_ == IpVersion::system) return false;
  const bool silent = outcome.cause == Cause::tls && outcome.trouble == Trouble::unanswered;
  const bool failed = outcome.cause == Cause::name || outcome.cause == Cause::connect || silent;
  if (!failed) {
    if (first_ && hooks_.families != nullptr) hooks_.families->insert_or_assign(family_key(), family_);
    return false;
  }

  // Silent for a second only, the preferred one may have been slow: it gets what is left of the time.
  const bool again = turns_ == 1 && first_->trouble == Trouble::unanswered;
  if (first_ && !again) {
    const bool says_less = outcome.cause == Cause::name || outcome.trouble == Trouble::none;
    if (says_less) outcome = std::move(*first_);
    return false;
  }

  if (!first_) first_ = std::move(outcome);
  ++turns_;
  family_ = other(family_);
  handshake_.reset();
  error_text_[0] = '\0';

  const auto left = [&](milliseconds whole) {
    const auto spent = std::chrono::duration_cast<milliseconds>(steady_now() - began_);
    return milliseconds_of(std::max(shortest, whole - spent));
  };

  const long connecting = left(request_.options.network_timeout);
  const bool last = turns_ == 2 || first_->trouble != Trouble::unanswered;
  options_.number(easy_, CURLOPT_IPRESOLVE, curl_ip_version(family_));
  options_.number(easy_, CURLOPT_CONNECTTIMEOUT_MS, last ? connecting : connecting / 2);
  if (request_.limits.total.count() > 0) options_.number(easy_, CURLOPT_TIMEOUT_MS, left(request_.limits.total));
  return true;
}

void Exchange::set_body_options() {
  options_.number(easy_, CURLOPT_BUFFERSIZE, small_buffer);  // for the answer

  if (request_.method == Method::post) {
    options_.number(easy_, CURLOPT_POST, 1);
    set_body_in_memory();
  } else if (sends_at_once()) {
    // As the data of a POST it leaves together with the head, in fewer records and system calls.
    options_.number(easy_, CURLOPT_POST, 1);
    options_.pointer(easy_, CURLOPT_CUSTOMREQUEST, "PUT");
    set_body_in_memory();
    headers_ = curl_slist_append(headers_, "Content-Type:");
  } else {
    set_body_as_stream();
  }

  headers_ = curl_slist_append(headers_, request_.body.asks_first() ? "Expect: 100-continue" : "Expect:");
}

void Exchange::set_body_as_stream() {
  const std::uint64_t size = request_.body.size;
  options_.number(easy_, CURLOPT_UPLOAD, 1);
  options_.big_number(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
  if (size <= largest_small_body) options_.number(easy_, CURLOPT_UPLOAD_BUFFERSIZE, small_buffer);
  if (size >= smallest_large_body) options_.number(easy_, CURLOPT_UPLOAD_BUFFERSIZE, large_buffer);
}

void Exchange::set_body_in_memory() {
  options_.pointer(easy_, CURLOPT_POSTFIELDS, request_.body.text->data());
  options_.big_number(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size));
}

void Exchange::set_callbacks() {
  options_.pointer(easy_, CURLOPT_PRIVATE, this);
  options_.pointer(easy_, CURLOPT_ERRORBUFFER, &error_text_[0]);
  options_.pointer(easy_, CURLOPT_SHARE, hooks_.share);
  ExchangeCallbacks::install(*this, options_);
}

// Connections outlive exchanges: the record that counts is the one of the connection in use.
void Exchange::adopt_record_of_connection() {
  if (auto record = ssl::ClientContext::record_of(native_session())) handshake_ = std::move(record);
}

void* Exchange::native_session() const {
  const curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(easy_, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr) return nullptr;
  return session->internals;
}

// False: the server is refused, and nothing may be sent to it.
bool Exchange::judge_connection() {
  if (!request_.endpoint.tls) return true;
  if (auto record = hooks_.context->before_request(native_session(), request_.endpoint.host)) {
    handshake_ = std::move(record);
  }
  return handshake_ != nullptr && handshake_->fault == ssl::ServerFault::none;
}

int Exchange::kept_errno() const {
  long number = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
  return static_cast<int>(number);
}

Facts Exchange::facts(CURLcode code) const {
  Facts facts;
  facts.curl_code = code;
  facts.os_errno = fresh_errno(code, kept_errno(), errno_when_connected_);

  long number = 0;
  if (curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &number) == CURLE_OK) facts.proxy_status = number;

  curl_off_t length = -1;
  curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  curl_off_t connected = 0;
  curl_easy_getinfo(easy_, CURLINFO_CONNECT_TIME_T, &connected);

  const bool without_number = code == CURLE_COULDNT_CONNECT && facts.os_errno == 0;
  if (without_number || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY) {
    facts.sockets_left = platform::has_sockets_left();
  }

  facts.tls_failure = ssl::failure_in(&error_text_[0]);
  facts.uses_proxy = !request_.endpoint.proxy.empty();
  facts.tls = request_.endpoint.tls;
  facts.asks_proxy = facts.uses_proxy && facts.tls && handshake_ == nullptr;

  // The library takes the time of a TLS connection only when all of it succeeded; it asks for a context, and so for
  // a record, once TCP is connected.
  facts.connected = connected > 0 || (request_.endpoint.tls && handshake_ != nullptr);
  curl_off_t resolved = 0;
  curl_easy_getinfo(easy_, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
  facts.resolved = resolved > 0;

  facts.length_known = request_.method == Method::head || chunked_ || length >= 0;
  curl_off_t sent = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
  facts.body_sent = static_cast<std::uint64_t>(sent) >= request_.body.size;

  facts.early = connection_.early;
  facts.overdue = time_limit_.count() > 0 && steady_now() - began_ >= time_limit_;
  facts.reply_over_limit = over_limit_;
  // The library calls a line of more than 100 KiB a lack of memory.
  curl_off_t first = 0;
  curl_easy_getinfo(easy_, CURLINFO_STARTTRANSFER_TIME_T, &first);
  facts.bad_head = !bad_head_.empty() || (code == CURLE_OUT_OF_MEMORY && first > 0);

  facts.answer_begun = first > 0 || reply_.status != 0;
  facts.body_begun = received_ > 0;
  facts.local_read_failed = local_read_failed_;
  facts.sink_failed = local_.has_value() && !local_read_failed_;
  facts.lost_race = lost_;
  return facts;
}

std::string Exchange::describe(CURLcode code) const {
  std::string words = without_user(error_text_[0] != '\0' ? &error_text_[0] : curl_easy_strerror(code));
  words += " (curl " + std::to_string(code);
  const int number = fresh_errno(code, kept_errno(), errno_when_connected_);
  if (number != 0) words += ", " + platform::os_error(number);
  return words + ")";
}

// The library quotes a proxy that it cannot understand, with user and password.
std::string Exchange::without_user(std::string words) const {
  const std::string_view user = url::user_part(request_.endpoint.proxy);
  if (user.empty()) return words;
  constexpr std::string_view instead = "...@";
  for (auto at = words.find(user); at != std::string::npos; at = words.find(user, at + instead.size())) {
    words.replace(at, user.size(), instead);
  }
  return words;
}

void Exchange::measure(Outcome& outcome) const {
  curl_off_t named = 0;
  curl_off_t connect = 0;
  curl_off_t tls = 0;
  curl_off_t first = 0;
  curl_off_t total = 0;

  curl_easy_getinfo(easy_, CURLINFO_NAMELOOKUP_TIME_T, &named);
  curl_easy_getinfo(easy_, CURLINFO_CONNECT_TIME_T, &connect);
  curl_easy_getinfo(easy_, CURLINFO_APPCONNECT_TIME_T, &tls);
  curl_easy_getinfo(easy_, CURLINFO_STARTTRANSFER_TIME_T, &first);
  curl_easy_getinfo(easy_, CURLINFO_TOTAL_TIME_T, &total);

  const auto since_named = [&](curl_off_t time) { return microseconds(std::max<curl_off_t>(0, time - named)); };
  outcome.timing.connect = since_named(connect);
  outcome.timing.tls = microseconds(std::max<curl_off_t>(0, tls - connect));
  outcome.timing.first_byte = since_named(first);
  outcome.timing.total = since_named(total);

  long connections = 0;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connections);
  outcome.new_connection = connections > 0;

  const char* address = nullptr;
  if (curl_easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address != nullptr) {
    outcome.address = address;
  }
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
  if (known.bad_head && bad_head_.empty()) bad_head_ = "a line of its head is too long";

  if (is_probe_ && code == CURLE_OK) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket);
    platform::UniqueFd borrowed(static_cast<int>(socket));
    outcome.socket = borrowed.duplicate();  // the library closes its own when the handle goes
    borrowed.release();
    outcome.cause = outcome.socket ? Cause::answered : Cause::internal;
  } else {
    outcome.cause = classify(known, reply_, outcome.handshake);
    outcome.trouble = trouble_of(outcome.cause, known, reply_, outcome.handshake);
  }

  if (code != CURLE_OK) outcome.detail = bad_head_.empty() ? describe(code) : bad_head_;
  if (outcome.cause == Cause::proxy) outcome.proxy = proxy_answer(known);
  outcome.turned = outcome.cause == Cause::answered && first_.has_value() && family_ != request_.options.ip_version;
  outcome.early = outcome.cause == Cause::answered && connection_.early;

  measure(outcome);
  // The kernel's own time of it: on a busy machine this thread hears of it late.
  if (outcome.socket) {
    const auto round_trip = platform::round_trip_of(outcome.socket.get());
    if (round_trip) outcome.timing.connect = std::min(outcome.timing.connect, *round_trip);
  }

  outcome.reply = std::move(reply_);
  outcome.sent = sent();
  outcome.received = received_;
  outcome.slow =
      outcome.cause == Cause::answered && !hindered_ && was_slow(outcome, own_time_, request_.options.min_speed);
  outcome.local = std::move(local_);
  return outcome;
}

ProxyAnswer Exchange::proxy_answer(const Facts& known) const {
  static constexpr std::array<std::pair<long, const char*>, 5> schemes{{{CURLAUTH_BASIC, "Basic"},
                                                                        {CURLAUTH_DIGEST, "Digest"},
                                                                        {CURLAUTH_NEGOTIATE, "Negotiate"},
                                                                        {CURLAUTH_NTLM, "NTLM"},
                                                                        {CURLAUTH_BEARER, "Bearer"}}};
  ProxyAnswer answer;
  answer.status = known.tls ? static_cast<int>(known.proxy_status) : reply_.status;
  long offered = 0;
  curl_easy_getinfo(easy_, CURLINFO_PROXYAUTH_AVAIL, &offered);
  for (const auto& [scheme, name] : schemes) {
    if ((offered & scheme) != 0) answer.schemes.emplace_back(name);
  }
  return answer;
}

std::uint64_t Exchange::sent() const {
  curl_off_t bytes = 0;
  if (!sends_at_once() || curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &bytes) != CURLE_OK) return position_;
  return static_cast<std::uint64_t>(bytes);
}

Outcome Exchange::stop(Cause cause) {
  Outcome outcome;
  outcome.cause = cause;
  if (handshake_) outcome.handshake = *handshake_;
  measure(outcome);
  outcome.sent = sent();
  outcome.received = received_;
  return outcome;
}

}  // namespace muster::transfer
