#include "agent/transfer/exchange_callbacks.h"

#include <algorithm>

#include "agent/transfer/wire_log.h"
#include "platform/base/text.h"
#include "platform/file_io.h"
#include "platform/log.h"
#include "platform/socket.h"

namespace muster::transfer {
namespace {

constexpr milliseconds progress_interval{100};
constexpr int keep_alive_probes = 10;
constexpr int go_on = 0;  // CURL_PROGRESSFUNC_CONTINUE would have the library draw a meter of its own

Exchange& exchange_of(void* self) { return *static_cast<Exchange*>(self); }

// Adds the time until its end.
class Stopwatch {
 public:
  explicit Stopwatch(microseconds& sum) : sum_(sum) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { sum_ += std::chrono::duration_cast<microseconds>(steady_now() - began_); }

 private:
  microseconds& sum_;
  SteadyTime began_ = steady_now();
};

}  // namespace

void ExchangeCallbacks::install(Exchange& exchange, EasyOptions& options) {
  CURL* easy = exchange.easy_;

  options.pointer(easy, CURLOPT_HEADERFUNCTION, &on_header);
  options.pointer(easy, CURLOPT_HEADERDATA, &exchange);
  options.pointer(easy, CURLOPT_WRITEFUNCTION, &on_body);
  options.pointer(easy, CURLOPT_WRITEDATA, &exchange);
  options.pointer(easy, CURLOPT_READFUNCTION, &on_read);
  options.pointer(easy, CURLOPT_READDATA, &exchange);
  options.pointer(easy, CURLOPT_SEEKFUNCTION, &on_seek);
  options.pointer(easy, CURLOPT_SEEKDATA, &exchange);
  options.pointer(easy, CURLOPT_PREREQFUNCTION, &on_connected);
  options.pointer(easy, CURLOPT_PREREQDATA, &exchange);

  options.number(easy, CURLOPT_NOPROGRESS, exchange.request_.progress ? 0 : 1);
  if (exchange.request_.progress) {
    options.pointer(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
    options.pointer(easy, CURLOPT_XFERINFODATA, &exchange);
  }

  if (log::enabled(log::Level::debug)) {
    options.number(easy, CURLOPT_VERBOSE, 1);
    options.pointer(easy, CURLOPT_DEBUGFUNCTION, &on_wire);
    options.pointer(easy, CURLOPT_DEBUGDATA, &exchange);
  }

  if (exchange.request_.socket) {
    options.pointer(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
    options.pointer(easy, CURLOPT_OPENSOCKETDATA, &exchange);
  }

  options.pointer(easy, CURLOPT_SOCKOPTFUNCTION, &on_socket_options);
  options.pointer(easy, CURLOPT_SOCKOPTDATA, &exchange);
}

void ExchangeCallbacks::offer_context(Exchange& exchange, EasyOptions& options) {
  options.pointer(exchange.easy_, CURLOPT_SSL_CTX_FUNCTION, &on_context);
  options.pointer(exchange.easy_, CURLOPT_SSL_CTX_DATA, &exchange);
}

// How long the rest may take is known once its length is.
void ExchangeCallbacks::limit_time(Exchange& exchange) {
  const Request& request = exchange.request_;
  const auto length = exchange.answer_.length();
  if (request.method != Method::get || !exchange.answer_.reply().good() || !length) return;
  exchange.set_time_limit(std::min(request.limits.total, request.options.total_time(*length)));
}

std::size_t ExchangeCallbacks::on_header(char* bytes, std::size_t, std::size_t size, void* self) {
  Exchange& exchange = exchange_of(self);
  AnswerReader& answer = exchange.answer_;
  if (!answer.count_head(size)) return 0;
  if (exchange.course_.expects_alert) exchange.expect_alert(false);

  const std::string_view line(bytes, size);
  if (line.starts_with("HTTP/")) return begin_head(exchange, line) ? size : 0;
  if (text::trim(line).empty()) limit_time(exchange);
  return answer.take_field(line) ? size : 0;
}

bool ExchangeCallbacks::begin_head(Exchange& exchange, std::string_view line) {
  long status = 0;
  curl_easy_getinfo(exchange.easy_, CURLINFO_RESPONSE_CODE, &status);
  const bool is_final = status >= 200;
  exchange.answer_.begin(is_final ? static_cast<int>(status) : 0);
  if (!line.starts_with("HTTP/1.")) {
    exchange.answer_.refuse("it has an HTTP version that was not asked for");
    return false;
  }
  return !is_final || exchange.note_final_status(static_cast<int>(status));
}

bool ExchangeCallbacks::accept_body(Exchange& exchange, std::string_view bytes) {
  const Stopwatch stopwatch(exchange.course_.own_time);
  const bool taken = exchange.answer_.take_body(bytes, exchange.request_.sink.get());
  if (exchange.answer_.sink_error()) exchange.course_.local = exchange.answer_.sink_error();
  return taken;
}

bool ExchangeCallbacks::must_pause(Exchange& exchange, SharedRateLimiter::Way way) {
  SharedRateLimiter* limiter = exchange.hooks_.limiter;
  if (limiter == nullptr || limiter->may_send(way, steady_now())) return false;
  exchange.course_.hindered = true;
  exchange.hooks_.paused(exchange.id_, way);
  return true;
}

void ExchangeCallbacks::note_moved(Exchange& exchange, SharedRateLimiter::Way way, std::size_t bytes) {
  if (exchange.hooks_.limiter != nullptr) exchange.hooks_.limiter->consume(way, bytes);
}

std::size_t ExchangeCallbacks::on_body(char* bytes, std::size_t, std::size_t size, void* self) {
  Exchange& exchange = exchange_of(self);
  if (must_pause(exchange, SharedRateLimiter::Way::down)) return CURL_WRITEFUNC_PAUSE;
  note_moved(exchange, SharedRateLimiter::Way::down, size);
  return accept_body(exchange, {bytes, size}) ? size : 0;
}

std::size_t ExchangeCallbacks::on_read(char* buffer, std::size_t one, std::size_t size, void* self) {
  Exchange& exchange = exchange_of(self);
  const std::uint64_t left = exchange.request_.body.size - exchange.course_.position;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(one * size, left));
  if (wanted == 0) return 0;

  if (must_pause(exchange, SharedRateLimiter::Way::up)) return CURL_READFUNC_PAUSE;
  note_moved(exchange, SharedRateLimiter::Way::up, wanted);
  if (exchange.request_.body.text) {
    exchange.request_.body.text->copy(buffer, wanted, exchange.course_.position);
    exchange.course_.position += wanted;
    return wanted;
  }

  const Stopwatch stopwatch(exchange.course_.own_time);
  auto got = platform::read_at(*exchange.request_.body.file, {}, exchange.course_.position, buffer, wanted);
  if (got && *got == 0) got = fail(ErrorKind::local_file, "the file became shorter while it was sent");
  if (!got) {
    exchange.course_.read_failed = true;
    exchange.course_.local = got.error();
    return CURL_READFUNC_ABORT;
  }

  exchange.course_.position += *got;
  return *got;
}

int ExchangeCallbacks::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  exchange_of(self).course_.position = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int ExchangeCallbacks::on_wire(CURL*, curl_infotype type, char* bytes, std::size_t size, void* self) {
  log_wire(exchange_of(self).id_, type, {bytes, size});
  return 0;
}

int ExchangeCallbacks::on_progress(void* self, curl_off_t expected_down, curl_off_t, curl_off_t expected_up,
                                   curl_off_t) {
  Exchange& exchange = exchange_of(self);
  const SteadyTime now = steady_now();
  if (now - exchange.course_.last_progress < progress_interval) return go_on;
  exchange.course_.last_progress = now;
  Event event;
  event.id = exchange.id_;
  event.kind = Event::Kind::progress;
  event.progress = {exchange.course_.position, exchange.answer_.received(),
                    static_cast<std::uint64_t>(exchange.request_.method == Method::put ? expected_up : expected_down)};
  exchange.hooks_.post(std::move(event));
  return go_on;
}

// Called with a connection that has done its handshake, before the first byte of the request.
int ExchangeCallbacks::on_connected(void* self, char*, char*, int, int local_port) {
  Exchange& exchange = exchange_of(self);
  exchange.note_connection(local_port);
  if (exchange.connection_.unsolicited) return CURL_PREREQFUNC_ABORT;

  if (!exchange.judge_connection()) return CURL_PREREQFUNC_ABORT;
  exchange.course_.errno_when_connected = exchange.kept_errno();
  if (exchange.is_probe_) return CURL_PREREQFUNC_OK;

  if (!exchange.course_.passed && exchange.group() != 0 && !exchange.hooks_.may_pass(exchange.group(), exchange.id_)) {
    exchange.course_.lost = true;
    return CURL_PREREQFUNC_ABORT;
  }

  if (!exchange.course_.passed) {
    exchange.course_.passed = true;
    Event event;
    event.id = exchange.id_;
    event.kind = Event::Kind::passed;
    exchange.hooks_.post(std::move(event));
  }
  return CURL_PREREQFUNC_OK;
}

CURLcode ExchangeCallbacks::on_context(CURL*, void* context, void* self) {
  Exchange& exchange = exchange_of(self);
  exchange.course_.errno_when_connected = exchange.kept_errno();  // TCP is connected
  exchange.note_peer();
  auto record = exchange.hooks_.context->before_handshake(context, exchange.request_.endpoint.host);
  if (!record) {
    exchange.course_.local = record.error();
    return CURLE_SSL_CERTPROBLEM;
  }
  exchange.handshake_ = std::move(*record);
  return CURLE_OK;
}

curl_socket_t ExchangeCallbacks::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  Exchange& exchange = exchange_of(self);
  const int socket = exchange.request_.socket
                         ? exchange.request_.socket.release()
                         : platform::open_socket(address->family, address->socktype, address->protocol);
  return static_cast<curl_socket_t>(socket);
}

int ExchangeCallbacks::on_socket_options(void* self, curl_socket_t library_socket, curlsocktype) {
  const int socket = static_cast<int>(library_socket);
  exchange_of(self).connection_.opened.push_back(socket);
  // The library sets idle time and interval, but has no option for the count.
  if (exchange_of(self).request_.options.keep_alive) platform::set_keep_alive_count(socket, keep_alive_probes);
  // Only the handed-over socket is connected; one opened because it failed is not.
  return platform::is_connected(socket) ? CURL_SOCKOPT_ALREADY_CONNECTED : CURL_SOCKOPT_OK;
}

}  // namespace muster::transfer
