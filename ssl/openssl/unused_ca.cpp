#include "ssl/openssl/unused_ca.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "platform/file.h"
#include "ssl/openssl/certificate.h"
#include "ssl/trust.h"

namespace muster::ssl {
namespace {

constexpr std::size_t max_files = 200;
constexpr std::uint64_t max_file_size = 1 << 20;

// In PEM or in DER form.
std::vector<CertificatePtr> certificates_of(const std::filesystem::path& file) {
  const auto content = platform::read_file(file, max_file_size);
  if (!content) return {};
  auto certificates = read_certificates(*content, file, ErrorKind::untrusted_server);
  if (certificates && !certificates->empty()) return std::move(*certificates);

  const auto* bytes = reinterpret_cast<const unsigned char*>(content->data());
  CertificatePtr binary(d2i_X509(nullptr, &bytes, static_cast<long>(content->size())));
  ERR_clear_error();
  std::vector<CertificatePtr> found;
  if (binary) found.push_back(std::move(binary));
  return found;
}

template <class Wanted>
std::string find_unused(const std::filesystem::path& folder, const Wanted& is_wanted) {
  if (folder.empty() || platform::absent(folder)) return {};
  const auto files = platform::regular_files(folder, 10'000);
  if (!files) return {};

  std::size_t read = 0;
  for (const auto& file : files->files) {
    if (is_ca_name(file.filename().string())) continue;
    if (++read > max_files) break;
    const auto certificates = certificates_of(file);
    if (std::any_of(certificates.begin(), certificates.end(), is_wanted)) return file.string();
  }
  return {};
}

}  // namespace

std::string unused_ca_file(const std::filesystem::path& folder, X509* certificate) {
  const auto has_issued = [certificate](const CertificatePtr& one) {
    return X509_check_issued(one.get(), certificate) == X509_V_OK;
  };
  return certificate == nullptr ? std::string() : find_unused(folder, has_issued);
}

std::string unused_ca_file(const std::filesystem::path& folder) {
  return find_unused(folder, [](const CertificatePtr&) { return true; });
}

}  // namespace muster::ssl
