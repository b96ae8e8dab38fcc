#include "platform/process.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace muster::platform {
namespace {

// OpenSSL 3.0 to 3.5 and libcurl 7.88 to 8.14. Whole families, as each version reads a few more.
bool is_read_by_libraries(std::string_view name) {
  constexpr std::array<std::string_view, 4> families{"OPENSSL_", "OSSL_", "SSL_CERT_", "CURL_"};
  constexpr std::array<std::string_view, 5> others{"SSLKEYLOGFILE", "CTLOG_FILE", "LEGACY_GOST_PKCS12", "QLOGDIR",
                                                   "RANDFILE"};
  return std::any_of(families.begin(), families.end(),
                     [&](std::string_view family) { return name.starts_with(family); }) ||
         std::find(others.begin(), others.end(), name) != others.end();
}

}  // namespace

void ignore_file_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGIO, SIG_IGN);
}

void clean_environment() {
  std::vector<std::string> removed;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    if (is_read_by_libraries(name)) removed.emplace_back(name);
  }
  for (const std::string& name : removed) ::unsetenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): the only thread
}

std::vector<const char*> arguments(int count, const char* const* words) { return {words, words + count}; }

long process_id() { return ::getpid(); }

void end_process(int code) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  std::exit(code);  // NOLINT(concurrency-mt-unsafe): the only thread by now
#else
  std::fflush(nullptr);
  std::_Exit(code);
#endif
}

}  // namespace muster::platform
