// How an exchange sets its handle up.
#include <algorithm>

#include "agent/transfer/exchange.h"
#include "agent/transfer/exchange_callbacks.h"

namespace muster::transfer {
namespace {

// What fits a TLS record: buffers are allocated for each transfer, and large ones cost more than a small transfer.
constexpr long small_buffer = 16L * 1024;
constexpr std::uint64_t largest_small_body = 256 << 10;

// A large body is sent with a quarter of the waits for the socket that the library's own 64 KiB would cost.
constexpr long large_buffer = 256L * 1024;
constexpr std::uint64_t smallest_large_body = 4 << 20;

long curl_ip_version(IpVersion version) {
  switch (version) {
    case IpVersion::v4: return CURL_IPRESOLVE_V4;
    case IpVersion::v6: return CURL_IPRESOLVE_V6;
    case IpVersion::system: break;
  }
  return CURL_IPRESOLVE_WHATEVER;
}

constexpr milliseconds patience_with_family{1000};

long milliseconds_of(milliseconds time) { return static_cast<long>(time.count()); }

}  // namespace

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

  for (const std::string& header : request_.headers) lists_.headers = curl_slist_append(lists_.headers, header.c_str());
  switch (request_.method) {
    case Method::get: options_.number(easy_, CURLOPT_HTTPGET, 1); break;
    case Method::head: options_.number(easy_, CURLOPT_NOBODY, 1); break;
    case Method::put:
    case Method::post: set_body_options(); break;
  }

  options_.pointer(easy_, CURLOPT_HTTPHEADER, lists_.headers);
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
  course_.began = steady_now();
  const milliseconds whole = request_.options.network_timeout;
  options_.number(easy_, CURLOPT_IPRESOLVE, curl_ip_version(turns_.current()));
  options_.number(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                  milliseconds_of(turns_.has_preference() ? std::min(whole / 2, patience_with_family) : whole));
  set_time_limit(request_.limits.total);
}

void Exchange::set_time_limit(milliseconds limit) {
  course_.time_limit = limit;
  options_.number(easy_, CURLOPT_TIMEOUT_MS, milliseconds_of(limit));
}

bool Exchange::turn_to_other_family(Outcome& outcome) {
  constexpr milliseconds shortest{1000};
  if (!turns_.take(outcome)) return false;
  handshake_.reset();
  error_text_[0] = '\0';

  const auto left = [&](milliseconds whole) {
    const auto spent = std::chrono::duration_cast<milliseconds>(steady_now() - course_.began);
    return milliseconds_of(std::max(shortest, whole - spent));
  };

  const long connecting = left(request_.options.network_timeout);
  options_.number(easy_, CURLOPT_IPRESOLVE, curl_ip_version(turns_.current()));
  options_.number(easy_, CURLOPT_CONNECTTIMEOUT_MS, turns_.is_last() ? connecting : connecting / 2);
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
    lists_.headers = curl_slist_append(lists_.headers, "Content-Type:");
  } else {
    set_body_as_stream();
  }

  lists_.headers = curl_slist_append(lists_.headers, request_.body.asks_first() ? "Expect: 100-continue" : "Expect:");
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

}  // namespace muster::transfer
