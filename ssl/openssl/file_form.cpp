#include "ssl/openssl/file_form.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <vector>

#include "platform/base/counted.h"
#include "platform/base/text.h"
#include "ssl/openssl/keys/pkcs12.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {
namespace {

using Pkcs7Ptr = std::unique_ptr<PKCS7, Free<PKCS7_free>>;
using SignaturePtr = std::unique_ptr<X509_SIG, Free<X509_SIG_free>>;

// `command` has {0} for the file.
FileForm form(const char* what, const char* command, const std::filesystem::path& file) {
  return {what, "convert it: " + fmt::format(fmt::runtime(command), file.string())};
}

bool contains(std::string_view content, std::string_view part) { return content.find(part) != std::string_view::npos; }

std::optional<FileForm> text_form(std::string_view content, const std::filesystem::path& file) {
  using namespace std::string_view_literals;
  const bool has_mark = content.starts_with("\xff\xfe"sv) || content.starts_with("\xfe\xff"sv);
  if (has_mark) return form("text in UTF-16", "iconv -f UTF-16 -t UTF-8 {0} > {0}.pem", file);
  if (content.starts_with("-\0-\0"sv)) return form("text in UTF-16", "iconv -f UTF-16LE -t UTF-8 {0} > {0}.pem", file);
  if (content.starts_with("\0-\0-"sv)) return form("text in UTF-16", "iconv -f UTF-16BE -t UTF-8 {0} > {0}.pem", file);

  const std::size_t begin = content.find("-----BEGIN ");
  if (begin == std::string_view::npos) return std::nullopt;
  if (contains(content, "\r") && !contains(content, "\n")) {
    return form("PEM with CR alone at the end of its lines", "tr '\\r' '\\n' < {0} > {0}.pem", file);
  }
  if (begin > 0 && (content[begin - 1] == ' ' || content[begin - 1] == '\t')) {
    return form("PEM with indented lines", "sed 's/^[[:blank:]]*//' {0} > {0}.pem", file);
  }
  return std::nullopt;
}

std::optional<FileForm> pem_form(std::string_view content, const std::filesystem::path& file) {
  if (contains(content, "-----BEGIN TRUSTED CERTIFICATE-----")) {
    return form("a TRUSTED CERTIFICATE block", "openssl x509 -in {0} -out {0}.pem", file);
  }
  if (contains(content, "-----BEGIN PKCS7-----") || contains(content, "-----BEGIN CMS-----")) {
    return form("a PKCS#7 block", "openssl pkcs7 -print_certs -in {0} -out {0}.pem", file);
  }

  if (contains(content, "-----BEGIN OPENSSH PRIVATE KEY-----")) {
    return form("a key in the form of OpenSSH", "cp -p {0} {0}.pem && ssh-keygen -p -m PKCS8 -f {0}.pem", file);
  }
  if (contains(content, "CERTIFICATE REQUEST-----")) {
    return FileForm{"a certificate signing request", "have your CA sign it, and deploy the certificate"};
  }
  return std::nullopt;
}

template <class Object, Object* (*parse)(Object**, const unsigned char**, long), void (*release)(Object*)>
bool parses(std::string_view content) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
  const std::unique_ptr<Object, Free<release>> found(parse(nullptr, &bytes, static_cast<long>(content.size())));
  ERR_clear_error();
  return found != nullptr;
}

std::optional<FileForm> binary_form(std::string_view content, const std::filesystem::path& file) {
  using namespace std::string_view_literals;
  if (content.starts_with("\xfe\xed\xfe\xed"sv)) {
    return form("a Java key store",
                "keytool -importkeystore -srckeystore {0} -destkeystore {0}.pfx -deststoretype PKCS12", file);
  }

  if (!content.starts_with('\x30')) return std::nullopt;
  if (looks_like_pkcs12(content)) {
    return form("a PKCS#12 file (.pfx)", "openssl pkcs12 -in {0} -nodes -out {0}.pem", file);
  }

  if (parses<X509, d2i_X509, X509_free>(content)) {
    return form("a certificate in DER form", "openssl x509 -inform DER -in {0} -out {0}.pem", file);
  }
  if (parses<PKCS7, d2i_PKCS7, PKCS7_free>(content)) {
    return form("a PKCS#7 file in DER form", "openssl pkcs7 -inform DER -print_certs -in {0} -out {0}.pem", file);
  }

  if (parses<X509_SIG, d2i_X509_SIG, X509_SIG_free>(content)) {
    return form("an encrypted private key in DER form", "openssl pkcs8 -inform DER -in {0} -out {0}.pem", file);
  }
  if (parses<EVP_PKEY, d2i_AutoPrivateKey, EVP_PKEY_free>(content)) {
    return form("a private key in DER form", "openssl pkey -inform DER -in {0} -out {0}.pem", file);
  }
  return std::nullopt;
}

std::string decode_base64(std::string_view content) {
  std::string letters;
  for (const char c : content) {
    if (c != '\n' && c != '\r' && c != ' ') letters += c;
  }
  if (letters.empty() || letters.size() % 4 != 0) return {};

  std::string bytes(letters.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(letters.data()), static_cast<int>(letters.size()));
  ERR_clear_error();
  if (size < 0) return {};
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

std::optional<FileForm> base64_form(std::string_view content, const std::filesystem::path& file) {
  const std::string bytes = decode_base64(content);
  if (!bytes.starts_with('\x30')) return std::nullopt;
  if (looks_like_pkcs12(bytes)) return form("a .pfx in base64", "base64 -d {0} > {0}.pfx", file);
  if (parses<X509, d2i_X509, X509_free>(bytes)) {
    return form("a certificate in base64 without a BEGIN line", "base64 -d {0} | openssl x509 -inform DER -out {0}.pem",
                file);
  }
  return std::nullopt;
}

std::size_t count(std::string_view content, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = content.find(part); at != std::string_view::npos; at = content.find(part, at + 1)) ++found;
  return found;
}

// Such as a certificate in DER form that was appended to one in PEM form.
bool has_binary_part(std::string_view pem) {
  return std::any_of(pem.begin(), pem.end(),
                     [](char c) { return text::is_control(c) && c != '\t' && c != '\r' && c != '\n'; });
}

}  // namespace

std::optional<FileForm> recognise_form(std::string_view content, const std::filesystem::path& file) {
  using Recogniser = std::optional<FileForm> (*)(std::string_view, const std::filesystem::path&);
  for (const Recogniser recognise : {&text_form, &pem_form, &binary_form, &base64_form}) {
    if (auto found = recognise(content, file)) return found;
  }
  return std::nullopt;
}

std::string skipped_blocks(std::string_view pem, std::size_t read, const std::filesystem::path& file) {
  if (has_binary_part(pem)) {
    return fmt::format(
        "{}: it holds binary data, which was skipped; convert each certificate to PEM before joining them",
        file.string());
  }

  std::size_t blocks = 0;
  for (const char* kind : {"CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE", "PKCS7", "CMS"}) {
    blocks += count(pem, fmt::format("-----BEGIN {}-----", kind));
  }
  if (blocks <= read) return {};

  const std::size_t skipped = blocks - read;
  const auto known = recognise_form(pem, file);
  return fmt::format("{}: {} with certificates {} skipped{}{}", file.string(), text::counted(skipped, "block"),
                     skipped == 1 ? "was" : "were", known ? ": it holds " + known->what : std::string(),
                     known ? "; " + known->remedy : std::string());
}

}  // namespace muster::ssl
