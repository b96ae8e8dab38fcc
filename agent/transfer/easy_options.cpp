#include "agent/transfer/easy_options.h"

#include "platform/base/version.h"

namespace muster::transfer {

void EasyOptions::number(CURL* easy, CURLoption option, long value) {
  note(curl_easy_setopt(easy, option, value));
  if (record_ != nullptr) record_->numbers[option] = value;
}

void EasyOptions::big_number(CURL* easy, CURLoption option, curl_off_t value) {
  note(curl_easy_setopt(easy, option, value));
  if (record_ != nullptr) record_->numbers[option] = static_cast<long>(value);
}

void EasyOptions::text(CURL* easy, CURLoption option, const char* value) {
  note(curl_easy_setopt(easy, option, value));
  if (record_ != nullptr) record_->texts[option] = value == nullptr ? "" : value;
}

void set_safe_defaults(EasyOptions& options, CURL* easy) {
  options.number(easy, CURLOPT_NOSIGNAL, 1);
  options.number(easy, CURLOPT_QUICK_EXIT, 1);  // cancelling must not wait for a name to resolve
  options.text(easy, CURLOPT_USERAGENT, "Muster/" MUSTER_VERSION);
  options.number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  options.number(easy, CURLOPT_HTTP09_ALLOWED, 0);

  // A redirect would take certificate, headers and body to a host that is not configured.
  options.number(easy, CURLOPT_FOLLOWLOCATION, 0);
  options.number(easy, CURLOPT_MAXREDIRS, 0);
  options.number(easy, CURLOPT_AUTOREFERER, 0);

  // No decoding: a small answer cannot become a large one.
  options.text(easy, CURLOPT_ACCEPT_ENCODING, "identity");
  options.number(easy, CURLOPT_HTTP_CONTENT_DECODING, 0);
  options.number(easy, CURLOPT_TRANSFER_ENCODING, 0);

  // Nothing comes from the user's environment or home.
  options.text(easy, CURLOPT_PROXY, "");
  options.text(easy, CURLOPT_NOPROXY, "");
  options.number(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
  options.text(easy, CURLOPT_COOKIEFILE, nullptr);
  options.number(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
  options.number(easy, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
  options.number(easy, CURLOPT_UNRESTRICTED_AUTH, 0);
  options.number(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);

  // ssl/ replaces the store and the verification; the library's own checks stay on beside it.
  options.number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  options.number(easy, CURLOPT_SSL_VERIFYPEER, 1);
  options.number(easy, CURLOPT_SSL_VERIFYHOST, 2);
  options.number(easy, CURLOPT_SSL_ENABLE_ALPN, 0);
  options.number(easy, CURLOPT_CERTINFO, 0);

  options.number(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 5000);
  options.number(easy, CURLOPT_TCP_NODELAY, 1);
  options.number(easy, CURLOPT_BUFFERSIZE, 128L * 1024);
  options.number(easy, CURLOPT_UPLOAD_BUFFERSIZE, 64L * 1024);
}

}  // namespace muster::transfer
