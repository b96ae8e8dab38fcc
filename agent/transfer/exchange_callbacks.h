// The functions that the transport library calls while an exchange runs. Private to this folder.
#pragma once

#include "agent/transfer/exchange.h"

namespace muster::transfer {

struct ExchangeCallbacks {
  static bool must_pause(Exchange& exchange, SharedRateLimiter::Way way);
  static void note_moved(Exchange& exchange, SharedRateLimiter::Way way, std::size_t bytes);
  static void install(Exchange& exchange, EasyOptions& options);
  static void offer_context(Exchange& exchange, EasyOptions& options);  // of the TLS library, before each handshake

 private:
  static std::size_t on_header(char* bytes, std::size_t one, std::size_t size, void* self);
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t size, void* self);
  static std::size_t on_read(char* buffer, std::size_t one, std::size_t size, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static int on_wire(CURL*, curl_infotype type, char* bytes, std::size_t size, void* self);
  static int on_connected(void* self, char*, char*, int, int local_port);
  static CURLcode on_context(CURL*, void* context, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype, curl_sockaddr* address);
  static int on_socket_options(void* self, curl_socket_t socket, curlsocktype);

  static bool begin_head(Exchange& exchange, std::string_view line);  // false: it is refused
  static void limit_time(Exchange& exchange);
  static bool accept_body(Exchange& exchange, std::string_view bytes);
};

}  // namespace muster::transfer
