#include "agent/transfer/library.h"

#include <curl/curl.h>

namespace muster::transfer {

std::string library_version() { return std::string("libcurl/") + curl_version_info(CURLVERSION_NOW)->version; }

std::vector<std::string> library_features() {
  const int features = curl_version_info(CURLVERSION_NOW)->features;
  std::vector<std::string> names;
  if ((features & CURL_VERSION_SSL) != 0) names.emplace_back("https");
  if ((features & CURL_VERSION_IPV6) != 0) names.emplace_back("IPv6");
  if ((features & CURL_VERSION_ASYNCHDNS) != 0) names.emplace_back("async-dns");
  return names;
}

}  // namespace muster::transfer
