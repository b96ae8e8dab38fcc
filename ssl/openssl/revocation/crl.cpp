#include "ssl/openssl/revocation/crl.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/keys/pem_text.h"

namespace muster::ssl {
namespace {

tl::unexpected<Error> unreadable(const std::filesystem::path& path) {
  return fail(ErrorKind::untrusted_server, fmt::format("{} is not a CRL: {}", path.string(), openssl_error()),
              "deploy the CRL again, or remove the file");
}

}  // namespace

Result<std::vector<CrlPtr>> read_crls(std::string_view content, const std::filesystem::path& path) {
  ERR_clear_error();
  std::vector<CrlPtr> crls;
  if (content.find("-----BEGIN") == std::string_view::npos) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
    const auto* const end = bytes + content.size();
    do {
      CrlPtr crl(d2i_X509_CRL(nullptr, &bytes, static_cast<long>(end - bytes)));
      if (!crl) return unreadable(path);
      crls.push_back(std::move(crl));
    } while (bytes != end);
    return crls;
  }
  const BioPtr bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  std::string_view rest = content;
  while (CrlPtr crl{PEM_read_bio_X509_CRL(bio.get(), nullptr, &refuse_password, nullptr)}) {
    crls.push_back(std::move(crl));
    rest = content.substr(content.size() - BIO_ctrl_pending(bio.get()));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end || crls.empty() || ends_in_a_begin_line(rest)) return unreadable(path);
  ERR_clear_error();
  return crls;
}

std::optional<WallTime> next_update_of(const X509_CRL* crl) {
  const ASN1_TIME* time = X509_CRL_get0_nextUpdate(crl);
  if (time == nullptr) return std::nullopt;
  return wall_time(time);
}

std::string der_of(X509_CRL* crl) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_CRL(crl, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

bool lists(X509_CRL* crl, X509* certificate, X509* issuer) {
  X509_REVOKED* entry = nullptr;
  return X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1 && X509_CRL_get0_by_cert(crl, &entry, certificate) == 1;
}

}  // namespace muster::ssl
