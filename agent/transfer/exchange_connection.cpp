// What an exchange notices of the connection that it runs over.
#include "agent/transfer/exchange.h"
#include "platform/socket.h"

namespace muster::transfer {

// Connections outlive exchanges: the record that counts is the one of the connection in use.
void Exchange::adopt_record_of_connection() {
  if (auto record = ssl::ClientContext::record_of(native_session())) handshake_ = std::move(record);
}

void* Exchange::native_session() const {
  const curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(easy_, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr) return nullptr;
  return session->internals;
}

bool Exchange::judge_connection() {
  if (!request_.endpoint.tls) return true;
  if (auto record = hooks_.context->before_request(native_session(), request_.endpoint.host)) {
    handshake_ = std::move(record);
  }
  return handshake_ != nullptr && handshake_->fault == ssl::ServerFault::none;
}

// The alert that says why our certificate is refused may wait in the socket while we write in vain. The library reads
// it when it closes the connection, which it does in every case where it is not to keep it.
void Exchange::expect_alert(bool on) {
  course_.expects_alert = on;
  options_.number(easy_, CURLOPT_FORBID_REUSE, on ? 1 : 0);
}

std::string Exchange::resolved_name() const {
  const Endpoint& to = request_.endpoint;
  if (to.proxy.empty()) return to.host + ":" + std::to_string(to.port);

  // The proxy's name is the one that is resolved here.
  CURLU* const url = curl_url();
  char* host = nullptr;
  char* port = nullptr;
  curl_url_set(url, CURLUPART_URL, to.proxy.c_str(), CURLU_DEFAULT_SCHEME);
  curl_url_get(url, CURLUPART_HOST, &host, 0);
  curl_url_get(url, CURLUPART_PORT, &port, 0);

  constexpr const char* library_default = "1080";
  std::string name = host == nullptr ? "" : std::string(host) + ":" + (port == nullptr ? library_default : port);
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(url);
  return name;
}

// The library keeps addresses for a minute. One that led nowhere is asked for again.
void Exchange::resolve_again() {
  if (hooks_.failed_names == nullptr || hooks_.failed_names->empty()) return;
  const std::string name = resolved_name();
  if (hooks_.failed_names->erase(name) == 0) return;
  lists_.resolve = curl_slist_append(nullptr, ("-" + name).c_str());
  options_.pointer(easy_, CURLOPT_RESOLVE, lists_.resolve);
}

// TCP is connected; libcurl 8 knows the address only once TLS is. Of several sockets the last one won.
void Exchange::note_peer() {
  for (const int socket : connection_.opened) {
    if (std::string address = platform::peer_address(socket); !address.empty()) connection_.peer = std::move(address);
  }
}

// Once a connection is there, before the request is sent.
void Exchange::note_connection(int local_port) {
  long connections = 0;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connections);
  connection_.reused = connections == 0;
  if (hooks_.sockets == nullptr) return;

  if (connection_.reused) {
    const auto known = hooks_.sockets->find(local_port);
    const bool found = known != hooks_.sockets->end() && platform::local_port(known->second) == local_port;
    if (found) connection_.socket = known->second;
  } else {
    for (const int socket : connection_.opened) {
      if (platform::local_port(socket) == local_port) connection_.socket = socket;
    }
    if (connection_.socket >= 0) hooks_.sockets->insert_or_assign(local_port, connection_.socket);
  }

  const bool may_be_repeated = connection_.reused && !course_.repeated && !is_probe_;
  connection_.unsolicited = may_be_repeated && connection_.socket >= 0 && platform::has_input(connection_.socket);
}

// What a peer sends says by itself which of our bytes had reached it by then: those that it acknowledges.
bool Exchange::note_final_status(int status) {
  constexpr int request_timeout = 408;
  curl_off_t bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &bytes);
  const auto sent = static_cast<std::uint64_t>(bytes);
  const bool body_left = sent < request_.body.size;
  const bool on_its_way = connection_.socket >= 0 && platform::unacknowledged_bytes(connection_.socket) > 0;

  const bool crossed = on_its_way || (body_left && sent > 0);
  const bool may_be_repeated = connection_.reused && !course_.repeated;
  connection_.unsolicited = may_be_repeated && (crossed || status == request_timeout);
  connection_.early = request_.method == Method::put && (body_left || on_its_way);
  return !connection_.unsolicited;
}

bool Exchange::repeat_on_new_connection() {
  if (!connection_.unsolicited || course_.repeated) return false;
  course_.repeated = true;
  connection_ = {};
  handshake_.reset();
  error_text_[0] = '\0';

  answer_ = AnswerReader(request_.method, request_.limits.largest_reply);
  course_.position = 0;
  options_.number(easy_, CURLOPT_FRESH_CONNECT, 1);
  return true;
}

}  // namespace muster::transfer
