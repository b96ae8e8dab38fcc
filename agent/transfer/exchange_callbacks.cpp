#include "agent/transfer/exchange_callbacks.h"

#include <algorithm>

#include "agent/transfer/http_date.h"
#include "agent/transfer/wire_log.h"
#include "platform/base/text.h"
#include "platform/file_io.h"
#include "platform/log.h"
#include "platform/socket.h"

namespace muster::transfer {
namespace {

constexpr std::size_t excerpt_size = 2048;
constexpr std::size_t most_fields = 100;
constexpr std::size_t largest_head = 256 << 10;  // bytes: interim answers, fields and trailers; the library keeps all
constexpr std::uint64_t largest_refusal = 64 << 10;  // body of an answer that is not 2xx
constexpr const char* length_and_coding = "it names a length beside a transfer coding";
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

// A length that can be read in two ways, or a coding that we did not ask for, says nothing about where the answer ends,
// nor what its bytes are (RFC 9112, 6).
void ExchangeCallbacks::note_framing(Exchange& exchange, std::string_view name, std::string_view value) {
  if (text::equal_ignoring_case(name, "Transfer-Encoding")) {
    if (exchange.chunked_ || !text::equal_ignoring_case(value, "chunked")) {
      exchange.bad_head_ = "it has a transfer coding that was not asked for";
    }
    exchange.chunked_ = true;
  } else if (text::equal_ignoring_case(name, "Content-Length")) {
    const auto length = text::to_number(value);
    if (!length) exchange.bad_head_ = "its Content-Length is no number";
    if (exchange.length_ && exchange.length_ != length) exchange.bad_head_ = "it names two lengths";
    exchange.length_ = length;
  }

  if (exchange.chunked_ && exchange.length_) exchange.bad_head_ = length_and_coding;
  if (text::equal_ignoring_case(name, "Content-Encoding") && exchange.request_.method == Method::get) {
    const bool plain = value.empty() || text::equal_ignoring_case(value, "identity");
    if (!plain) exchange.bad_head_ = "its content has a coding that was not asked for";
  }
}

// How long the rest may take is known once its length is.
void ExchangeCallbacks::limit_time(Exchange& exchange) {
  const Request& request = exchange.request_;
  if (request.method != Method::get || !exchange.reply_.good() || !exchange.length_) return;
  exchange.set_time_limit(std::min(request.limits.total, request.options.total_time(*exchange.length_)));
}

std::size_t ExchangeCallbacks::on_header(char* bytes, std::size_t, std::size_t size, void* self) {
  Exchange& exchange = exchange_of(self);
  exchange.header_bytes_ += size;
  if (exchange.header_bytes_ > largest_head) {
    exchange.bad_head_ = "it has more than 256 KiB of header fields";
    return 0;
  }
  if (exchange.expects_alert_) exchange.expect_alert(false);

  const std::string_view line = text::trim({bytes, size});
  if (line.starts_with("HTTP/")) {  // a new head: what came before was interim (RFC 9110, 15.2)
    long status = 0;
    curl_easy_getinfo(exchange.easy_, CURLINFO_RESPONSE_CODE, &status);
    exchange.reply_ = Reply{};
    exchange.length_.reset();
    exchange.chunked_ = false;
    exchange.reply_.status = status >= 200 ? static_cast<int>(status) : 0;

    if (!line.starts_with("HTTP/1.")) {
      exchange.bad_head_ = "it has an HTTP version that was not asked for";
      return 0;
    }
    if (exchange.reply_.status == 0) return size;
    return exchange.note_final_status(exchange.reply_.status) ? size : 0;
  }
  if (line.empty()) limit_time(exchange);
  const bool is_continued = !line.empty() && (*bytes == ' ' || *bytes == '\t');
  take_field(exchange, line, is_continued);
  return exchange.bad_head_.empty() ? size : 0;
}

// A value may go on in the next line (RFC 9112, 5.2): the two count as one.
void ExchangeCallbacks::take_field(Exchange& exchange, std::string_view line, bool is_continued) {
  Reply& reply = exchange.reply_;
  const bool is_kept = reply.fields.size() < most_fields;
  if (is_continued && (reply.fields.empty() || !is_kept)) return;

  std::string name;
  std::string value;
  if (is_continued) {
    name = reply.fields.back().first;
    value = reply.fields.back().second + " " + std::string(line);
    reply.fields.pop_back();
  } else {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    name = text::trim(line.substr(0, colon));
    value = text::trim(line.substr(colon + 1));
  }

  if (reply.good()) note_framing(exchange, name, value);
  if (text::equal_ignoring_case(name, "Last-Modified")) reply.modified = parse_http_date(value);
  if (is_kept) reply.fields.emplace_back(std::move(name), std::move(value));
}

bool ExchangeCallbacks::accept_body(Exchange& exchange, std::string_view bytes) {
  Reply& reply = exchange.reply_;
  Sink* sink = exchange.request_.sink.get();
  exchange.received_ += bytes.size();

  if (!reply.good() || sink == nullptr) {
    reply.excerpt.append(bytes.substr(0, excerpt_size - std::min(excerpt_size, reply.excerpt.size())));
  }
  if (!reply.good()) {
    exchange.over_limit_ = exchange.received_ > largest_refusal;
    return !exchange.over_limit_;
  }

  exchange.over_limit_ = exchange.received_ > exchange.request_.limits.largest_reply;
  if (exchange.over_limit_) return false;
  if (sink == nullptr) return true;

  const Stopwatch stopwatch(exchange.own_time_);
  Status taken;
  if (!exchange.sink_begun_) taken = sink->begin(reply);
  exchange.sink_begun_ = true;
  if (taken) taken = sink->write(bytes);
  if (!taken) exchange.local_ = taken.error();
  return taken.has_value();
}

bool ExchangeCallbacks::must_pause(Exchange& exchange, SharedRateLimiter::Way way) {
  SharedRateLimiter* limiter = exchange.hooks_.limiter;
  if (limiter == nullptr || limiter->may_send(way, steady_now())) return false;
  exchange.hindered_ = true;
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
  const std::uint64_t left = exchange.request_.body.size - exchange.position_;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(one * size, left));
  if (wanted == 0) return 0;

  if (must_pause(exchange, SharedRateLimiter::Way::up)) return CURL_READFUNC_PAUSE;
  note_moved(exchange, SharedRateLimiter::Way::up, wanted);
  if (exchange.request_.body.text) {
    exchange.request_.body.text->copy(buffer, wanted, exchange.position_);
    exchange.position_ += wanted;
    return wanted;
  }

  const Stopwatch stopwatch(exchange.own_time_);
  auto got = platform::read_at(*exchange.request_.body.file, {}, exchange.position_, buffer, wanted);
  if (got && *got == 0) got = fail(ErrorKind::local_file, "the file became shorter while it was sent");
  if (!got) {
    exchange.local_read_failed_ = true;
    exchange.local_ = got.error();
    return CURL_READFUNC_ABORT;
  }

  exchange.position_ += *got;
  return *got;
}

int ExchangeCallbacks::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  exchange_of(self).position_ = static_cast<std::uint64_t>(offset);
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
  if (now - exchange.last_progress_ < progress_interval) return go_on;
  exchange.last_progress_ = now;
  Event event;
  event.id = exchange.id_;
  event.kind = Event::Kind::progress;
  event.progress = {exchange.position_, exchange.received_,
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
  exchange.errno_when_connected_ = exchange.kept_errno();
  if (exchange.is_probe_) return CURL_PREREQFUNC_OK;

  if (!exchange.passed_ && exchange.group() != 0 && !exchange.hooks_.may_pass(exchange.group(), exchange.id_)) {
    exchange.lost_ = true;
    return CURL_PREREQFUNC_ABORT;
  }

  if (!exchange.passed_) {
    exchange.passed_ = true;
    Event event;
    event.id = exchange.id_;
    event.kind = Event::Kind::passed;
    exchange.hooks_.post(std::move(event));
  }
  return CURL_PREREQFUNC_OK;
}

CURLcode ExchangeCallbacks::on_context(CURL*, void* context, void* self) {
  Exchange& exchange = exchange_of(self);
  exchange.errno_when_connected_ = exchange.kept_errno();  // TCP is connected
  auto record = exchange.hooks_.context->before_handshake(context, exchange.request_.endpoint.host);
  if (!record) {
    exchange.local_ = record.error();
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
