// What is known of an exchange that has ended: for classify(), for the message, and as numbers.
#include <algorithm>
#include <array>

#include "agent/transfer/exchange.h"
#include "platform/base/url.h"
#include "platform/file.h"
#include "platform/socket.h"

namespace muster::transfer {

int Exchange::kept_errno() const {
  long number = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
  return static_cast<int>(number);
}

Facts Exchange::facts(CURLcode code) const {
  Facts facts;
  facts.curl_code = code;
  facts.os_errno = fresh_errno(code, kept_errno(), course_.errno_when_connected);

  long number = 0;
  if (curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &number) == CURLE_OK) facts.way.proxy_status = number;

  curl_off_t length = -1;
  curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  curl_off_t connected = 0;
  curl_easy_getinfo(easy_, CURLINFO_CONNECT_TIME_T, &connected);

  const bool without_number = code == CURLE_COULDNT_CONNECT && facts.os_errno == 0;
  if (without_number || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY) {
    facts.way.sockets_left = platform::has_sockets_left();
  }

  facts.tls_failure = ssl::failure_in(&error_text_[0]);
  facts.way.uses_proxy = !request_.endpoint.proxy.empty();
  facts.way.tls = request_.endpoint.tls;
  facts.way.asks_proxy = facts.way.uses_proxy && facts.way.tls && handshake_ == nullptr;

  // The library takes the time of a TLS connection only when all of it succeeded; it asks for a context, and so for
  // a record, once TCP is connected.
  facts.way.connected = connected > 0 || (request_.endpoint.tls && handshake_ != nullptr);
  curl_off_t resolved = 0;
  curl_easy_getinfo(easy_, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
  facts.way.resolved = resolved > 0;

  facts.answer.length_known = request_.method == Method::head || answer_.is_chunked() || length >= 0;
  curl_off_t sent = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
  facts.own.body_sent = static_cast<std::uint64_t>(sent) >= request_.body.size;

  facts.answer.early = connection_.early;
  facts.own.overdue = course_.time_limit.count() > 0 && steady_now() - course_.began >= course_.time_limit;
  facts.answer.over_limit = answer_.over_limit();
  // The library calls a line of more than 100 KiB a lack of memory.
  curl_off_t first = 0;
  curl_easy_getinfo(easy_, CURLINFO_STARTTRANSFER_TIME_T, &first);
  facts.answer.bad_head = !answer_.bad_head().empty() || (code == CURLE_OUT_OF_MEMORY && first > 0);

  facts.answer.begun = first > 0 || answer_.reply().status != 0;
  facts.answer.body_begun = answer_.received() > 0;
  facts.own.read_failed = course_.read_failed;
  facts.own.sink_failed = course_.local.has_value() && !course_.read_failed;
  facts.own.lost_race = course_.lost;
  return facts;
}

std::string Exchange::describe(CURLcode code) const {
  std::string words = without_user(error_text_[0] != '\0' ? &error_text_[0] : curl_easy_strerror(code));
  words += " (curl " + std::to_string(code);
  const int number = fresh_errno(code, kept_errno(), course_.errno_when_connected);
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
  const bool is_known = curl_easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address != nullptr;
  outcome.address = is_known && *address != '\0' ? address : connection_.peer;
}

ProxyAnswer Exchange::proxy_answer(const Facts& known) const {
  static constexpr std::array<std::pair<long, const char*>, 5> schemes{{{CURLAUTH_BASIC, "Basic"},
                                                                        {CURLAUTH_DIGEST, "Digest"},
                                                                        {CURLAUTH_NEGOTIATE, "Negotiate"},
                                                                        {CURLAUTH_NTLM, "NTLM"},
                                                                        {CURLAUTH_BEARER, "Bearer"}}};
  ProxyAnswer answer;
  answer.status = known.way.tls ? static_cast<int>(known.way.proxy_status) : answer_.reply().status;
  long offered = 0;
  curl_easy_getinfo(easy_, CURLINFO_PROXYAUTH_AVAIL, &offered);
  for (const auto& [scheme, name] : schemes) {
    if ((offered & scheme) != 0) answer.schemes.emplace_back(name);
  }
  return answer;
}

std::uint64_t Exchange::sent() const {
  curl_off_t bytes = 0;
  if (!sends_at_once() || curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &bytes) != CURLE_OK) return course_.position;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace muster::transfer
