// What a failed handshake was about, as far as the TLS library's words hold a number for it.
#pragma once

#include <string_view>

namespace muster::ssl {

enum class TlsFailure {
  none,     // unknown
  old_tls,  // no version in common
  not_tls,  // the peer speaks something else
  own_key,  // our client certificate cannot be used: its private key is missing, forbidden or another one
};

// `words`: what libcurl reports of the library, with the library's number.
TlsFailure failure_in(std::string_view words);

}  // namespace muster::ssl
