#include "ssl/openssl/certificate.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>

#include "platform/base/text.h"
#include "ssl/digest.h"
#include "ssl/openssl/keys/pem_text.h"

namespace muster::ssl {

std::string openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  const char* reason = ERR_reason_error_string(code);
  return fmt::format("{} (OpenSSL {:08X})", reason == nullptr ? "error" : reason, code);
}

std::string name_text(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return size == 0 ? "(no subject)" : text::printable({bytes, static_cast<std::size_t>(size)});
}

std::string subject_of(const X509* certificate) {
  return certificate == nullptr ? std::string() : name_text(X509_get_subject_name(certificate));
}

std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

namespace {

std::optional<std::chrono::sys_seconds> exact_time(const ASN1_TIME* time) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(time, &broken) != 1) return std::nullopt;

  using namespace std::chrono;
  const year_month_day day{year{broken.tm_year + 1900}, month{static_cast<unsigned>(broken.tm_mon + 1)},
                           std::chrono::day{static_cast<unsigned>(broken.tm_mday)}};
  return sys_days{day} + hours{broken.tm_hour} + minutes{broken.tm_min} + std::chrono::seconds{broken.tm_sec};
}

// "No end" is written 9999-12-31 (RFC 5280, 4.1.2.5), which the clock's nanoseconds do not reach.
WallTime cut_to_clock(std::chrono::sys_seconds time) {
  constexpr auto first = std::chrono::ceil<seconds>(WallTime::min());
  constexpr auto last = std::chrono::floor<seconds>(WallTime::max());
  return WallTime(std::clamp(time, first, last));
}

std::string date_text(const ASN1_TIME* time) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(time, &broken) != 1) return {};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", broken.tm_year + 1900, broken.tm_mon + 1,
                     broken.tm_mday, broken.tm_hour, broken.tm_min, broken.tm_sec);
}

std::string serial_text(const ASN1_INTEGER* serial) {
  const bool is_negative = (ASN1_STRING_type(serial) & V_ASN1_NEG) != 0;
  return (is_negative ? "-" : "") + text::hex({reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                                               static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

}  // namespace

WallTime wall_time(const ASN1_TIME* time) {
  const auto exact = exact_time(time);
  return exact ? cut_to_clock(*exact) : WallTime();
}

CertificateSummary summary_of(X509* certificate) {
  CertificateSummary summary;
  summary.subject = subject_of(certificate);
  summary.issuer = name_text(X509_get_issuer_name(certificate));
  summary.serial = serial_text(X509_get0_serialNumber(certificate));
  summary.fingerprint = text::hex(sha256(der_of(certificate)));
  summary.names = subject_names(certificate);
  summary.usage = usages(certificate);
  summary.key_type = key_type(X509_get0_pubkey(certificate));

  summary.not_before = wall_time(X509_get0_notBefore(certificate));
  summary.not_after = wall_time(X509_get0_notAfter(certificate));
  summary.begins = date_text(X509_get0_notBefore(certificate));
  summary.ends = date_text(X509_get0_notAfter(certificate));

  const auto end = exact_time(X509_get0_notAfter(certificate));
  if (end && std::chrono::floor<seconds>(summary.not_after) != *end) summary.end_beyond_clock = end;
  return summary;
}

int refuse_password(char*, int, int, void*) { return -1; }

Result<std::vector<CertificatePtr>> read_certificates(std::string_view pem, const std::filesystem::path& path,
                                                      ErrorKind kind) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // Windows editors write it
  if (pem.starts_with(byte_order_mark)) pem.remove_prefix(byte_order_mark.size());
  std::vector<CertificatePtr> certificates;
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));

  for (std::size_t block = 1;; ++block) {
    ERR_clear_error();
    const auto rest = pem.substr(pem.size() - BIO_ctrl_pending(bio.get()));
    CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, &refuse_password, nullptr));
    if (certificate) {
      certificates.push_back(std::move(certificate));
      continue;
    }

    const unsigned long code = ERR_peek_last_error();
    const bool at_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    if ((at_end || code == 0) && (block == 1 || !ends_in_a_begin_line(rest))) {
      ERR_clear_error();
      return certificates;
    }
    return fail(kind, fmt::format("{}: certificate {} in it cannot be read: {}", path.string(), block, openssl_error()),
                "deploy the file again, whole and in PEM form");
  }
}

}  // namespace muster::ssl
