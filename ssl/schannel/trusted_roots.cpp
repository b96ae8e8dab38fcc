#include "ssl/trusted_roots.h"

#include <fmt/core.h>

#include "platform/file.h"
#include "ssl/schannel/certificate.h"
#include "ssl/schannel/machine_store.h"

namespace muster::ssl {
namespace {

constexpr std::uint64_t max_bundle = std::uint64_t{4} << 20;
constexpr std::string_view begin_mark = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view end_mark = "-----END CERTIFICATE-----";

using Certificates = std::vector<CertificatePtr>;

CertificatePtr parsed(const BYTE* bytes, std::size_t size) {
  return CertificatePtr(::CertCreateCertificateContext(X509_ASN_ENCODING, bytes, static_cast<DWORD>(size)));
}

CertificatePtr from_block(std::string_view block) {
  std::string der(block.size(), '\0');
  auto size = static_cast<DWORD>(der.size());
  auto* const bytes = reinterpret_cast<BYTE*>(der.data());
  const bool decoded = ::CryptStringToBinaryA(block.data(), static_cast<DWORD>(block.size()), CRYPT_STRING_BASE64HEADER,
                                              bytes, &size, nullptr, nullptr) != 0;
  return decoded ? parsed(bytes, size) : nullptr;
}

// Null among them: a block that is broken.
Certificates certificates_of(std::string_view content) {
  Certificates found;
  std::size_t begin = content.find(begin_mark);
  if (begin == std::string_view::npos) {
    found.push_back(parsed(reinterpret_cast<const BYTE*>(content.data()), content.size()));
    return found;
  }

  while (begin != std::string_view::npos) {
    const std::size_t end = content.find(end_mark, begin);
    const std::size_t stop = end == std::string_view::npos ? content.size() : end + end_mark.size();
    found.push_back(from_block(content.substr(begin, stop - begin)));
    begin = content.find(begin_mark, stop);
  }
  return found;
}

// The first version of certificates knows no extension that would say so.
bool is_authority(PCCERT_CONTEXT certificate) {
  const CERT_INFO& info = *certificate->pCertInfo;
  const CERT_EXTENSION* const extension =
      ::CertFindExtension(szOID_BASIC_CONSTRAINTS2, info.cExtension, info.rgExtension);
  if (extension == nullptr) return info.dwVersion == CERT_V1 && is_self_issued(certificate);
  CERT_BASIC_CONSTRAINTS2_INFO constraints{};
  DWORD size = sizeof constraints;
  return ::CryptDecodeObject(X509_ASN_ENCODING, szOID_BASIC_CONSTRAINTS2, extension->Value.pbData,
                             extension->Value.cbData, 0, &constraints, &size) != 0 &&
         constraints.fCA != 0;
}

}  // namespace

Result<std::vector<std::string>> trust_roots(const std::filesystem::path& file) {
  const auto content = platform::read_file(file, max_bundle);
  if (!content) return fail(ErrorKind::untrusted_server, content.error().message, content.error().remedy);

  const Certificates certificates = certificates_of(*content);
  for (const CertificatePtr& one : certificates) {
    if (one && is_authority(one.get())) continue;
    const std::string what = one ? subject_of(one.get()) + " in it is no CA" : "a certificate in it cannot be read";
    return fail(ErrorKind::untrusted_server, fmt::format("{} is no bundle of CA certificates: {}", file.string(), what),
                "name the certificates of the CAs that issued the beacons' certificates, as PEM or DER");
  }

  std::vector<std::string> subjects;
  for (const CertificatePtr& one : certificates) {
    const wchar_t* const store = is_self_issued(one.get()) ? L"ROOT" : L"CA";
    const auto added = add_to_machine_store(store, one.get(), ErrorKind::untrusted_server);
    if (!added) return fail(added.error());
    subjects.push_back(subject_of(one.get()));
  }
  return subjects;
}

}  // namespace muster::ssl
