#include "ssl/openssl/file_form.h"

#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include <catch2/catch.hpp>

#include "platform/base/text.h"
#include "ssl/identity.h"
#include "ssl/trust.h"
#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;

namespace {

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string trusted(const Certificate& certificate) {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509_AUX(bio, certificate.get());
  return text_of(bio);
}

std::string pkcs7(const Certificate& certificate, bool as_pem) {
  PKCS7* const bag = PKCS7_new();
  PKCS7_set_type(bag, NID_pkcs7_signed);
  PKCS7_content_new(bag, NID_pkcs7_data);
  PKCS7_add_certificate(bag, certificate.get());
  BIO* const bio = BIO_new(BIO_s_mem());
  if (as_pem) PEM_write_bio_PKCS7(bio, bag);
  if (!as_pem) i2d_PKCS7_bio(bio, bag);
  PKCS7_free(bag);
  return text_of(bio);
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + by.size())) {
    text.replace(at, part.size(), by);
  }
  return text;
}

std::string utf16(const std::string& text) {
  std::string result = "\xFF\xFE";
  for (const char c : text) result += c + std::string("\0", 1);
  return result;
}

struct Form {
  std::string content;
  std::string what;
  std::string command;
};

std::vector<Form> forms_of_certificates(const Certificate& one) {
  const std::string good = pem(one);
  return {{utf16(good), "is text in UTF-16", "iconv -f UTF-16 -t UTF-8 "},
          {replaced(good, "\n", "\r"), "is PEM with CR alone", "tr '\\r' '\\n' < "},
          {"  " + replaced(good, "\n", "\n  "), "is PEM with indented lines", "sed 's/^[[:blank:]]*//' "},
          {trusted(one), "is a TRUSTED CERTIFICATE block", "openssl x509 -in "},
          {pkcs7(one, true), "is a PKCS#7 block", "openssl pkcs7 -print_certs -in "},
          {pkcs7(one, false), "is a PKCS#7 file in DER form", "openssl pkcs7 -inform DER -print_certs -in "},
          {der(one), "is a certificate in DER form", "openssl x509 -inform DER -in "},
          {text::base64(der(one)) + "\n", "is a certificate in base64 without a BEGIN line", "base64 -d "},
          {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
           "is a certificate signing request", "have your CA sign it"},
          {"\xFE\xED\xFE\xED store", "is a Java key store", "keytool -importkeystore"}};
}

}  // namespace

TEST_CASE("a certificate file in a known form is named with the command that converts it", "[form]") {
  const ScratchFolder scratch;
  const Issued client = issue(root(), client_order());
  const ssl::IdentityFiles files{scratch / "c.pem", scratch.write("k.pem", pkcs8(client.key), 0600), {}};
  for (const Form& form : forms_of_certificates(client.certificate)) {
    scratch.write("c.pem", form.content);
    const auto identity = ssl::Identity::load(files, wall_now());
    INFO(form.what);
    REQUIRE_FALSE(identity);
    CHECK(identity.error().kind == ErrorKind::identity);
    CHECK_THAT(identity.error().message, Contains("/c.pem " + form.what));
    CHECK_THAT(identity.error().remedy, Contains(form.command));
  }
}

TEST_CASE("a CA file in a known form is named with the command that converts it", "[form]") {
  const ScratchFolder scratch;
  for (const Form& form : forms_of_certificates(root().certificate)) {
    ssl::TrustSettings settings;
    settings.ca_file = scratch.write("cert.pem", form.content);
    const auto trust = ssl::Trust::load(settings);
    INFO(form.what);
    REQUIRE_FALSE(trust);
    CHECK(trust.error().kind == ErrorKind::untrusted_server);
    CHECK_THAT(trust.error().message, Contains("/cert.pem " + form.what));
    CHECK_THAT(trust.error().remedy, Contains(form.command));
  }
}

TEST_CASE("a key file in a known form is named with the command that converts it", "[form]") {
  const ScratchFolder scratch;
  const Issued client = issue(root(), client_order());
  const ssl::IdentityFiles files{scratch.write("c.pem", pem(client.certificate)), scratch / "k.pem", {}};
  const std::string good = pkcs8(client.key);
  const std::vector<Form> forms{{utf16(good), "is text in UTF-16", "iconv"},
                                {replaced(good, "\n", "\r"), "is PEM with CR alone", "tr "},
                                {"\t" + replaced(good, "\n", "\n\t"), "is PEM with indented lines", "sed "},
                                {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
                                 "is a key in the form of OpenSSH", "ssh-keygen -p -m PKCS8 -f "}};
  for (const Form& form : forms) {
    scratch.write("k.pem", form.content, 0600);
    const auto identity = ssl::Identity::load(files, wall_now());
    INFO(form.what);
    REQUIRE_FALSE(identity);
    CHECK_THAT(identity.error().message, Contains("/k.pem " + form.what));
    CHECK_THAT(identity.error().remedy, Contains(form.command));
  }
}

TEST_CASE("binary data beside PEM is mentioned", "[form]") {
  const std::string block = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  using namespace std::string_literals;
  for (const std::string& binary : {"\x30\x82\x01\x00\x00"s, "\x1f"s, "\x7f"s}) {
    for (const std::string& file : {block + binary, binary + block, block + binary + block}) {
      CHECK_THAT(ssl::skipped_blocks(file, 2, "/c.pem"), Contains("/c.pem: it holds binary data, which was skipped"));
    }
  }

  for (const char* text : {"subject=CN = Gerät\r\n", "\ttext\n", ""}) {
    CHECK(ssl::skipped_blocks(text + block, 1, "/c.pem").empty());
  }
}

TEST_CASE("a certificate block that is skipped beside others is mentioned", "[form]") {
  const ScratchFolder scratch;
  const Issued client = issue(root(), client_order());
  const ssl::IdentityFiles files{scratch.write("c.pem", pem(client.certificate) + trusted(root("Middle").certificate)),
                                 scratch.write("k.pem", pkcs8(client.key), 0600),
                                 {}};
  const CapturedStream errors;
  CHECK(ssl::Identity::load(files, wall_now()));
  CHECK_THAT(errors.text(), Contains("/c.pem: 1 block with certificates was skipped: it holds a TRUSTED CERTIFICATE"));
}

TEST_CASE("good files are not taken for anything else", "[form]") {
  const Issued one = root();
  CHECK_FALSE(ssl::recognise_form(pem(one.certificate), "f"));
  CHECK_FALSE(ssl::recognise_form(pkcs8(one.key), "f"));
  CHECK_FALSE(ssl::recognise_form("", "f"));
  CHECK_FALSE(ssl::recognise_form("password1", "f"));
  CHECK(ssl::skipped_blocks(pem(one.certificate), 1, "f").empty());
}
