#include "ssl/certificate_request.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using ssl::make_request;
using ssl::NewKey;
using ssl::parse_subject;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> parsed(const std::string& pem) {
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509_REQ* const request = PEM_read_bio_X509_REQ(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  REQUIRE(request != nullptr);
  return {request, &X509_REQ_free};
}

}  // namespace

TEST_CASE("a subject is read field by field", "[request]") {
  CHECK(*parse_subject("CN=device, O=Example\\, Inc,OU=a=b") ==
        Pairs{{"CN", "device"}, {"O", "Example, Inc"}, {"OU", "a=b"}});
  for (const char* wrong : {"", "device", "CN=", "XX=1", "CN=a,,O=b"}) CHECK_FALSE(parse_subject(wrong));
}

TEST_CASE("a request is signed by its own key and asks for client authentication", "[request]") {
  for (const auto kind : {NewKey::ec_p256, NewKey::rsa_3072}) {
    const auto made = make_request({{{"CN", "device"}}, {"device.example", "device"}}, kind);
    REQUIRE(made);
    const auto request = parsed(made->request);
    EVP_PKEY* const key = X509_REQ_get0_pubkey(request.get());
    CHECK(X509_REQ_verify(request.get(), key) == 1);
    CHECK(EVP_PKEY_get_bits(key) == (kind == NewKey::ec_p256 ? 256 : 3072));
    STACK_OF(X509_EXTENSION)* const extensions = X509_REQ_get_extensions(request.get());
    for (const int nid : {NID_key_usage, NID_ext_key_usage, NID_subject_alt_name}) {
      CHECK(X509v3_get_ext_by_NID(extensions, nid, -1) >= 0);
    }
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  }
}

TEST_CASE("a DNS name cannot smuggle in another one", "[request]") {
  CHECK_FALSE(make_request({{{"CN", "device"}}, {"a,DNS:b"}}, NewKey::ec_p256));
  CHECK_FALSE(make_request({{{"CN", "device"}}, {""}}, NewKey::ec_p256));
}

TEST_CASE("what does not fit into a name is refused", "[request]") {
  CHECK_FALSE(make_request({{{"C", "Germany"}}, {}}, NewKey::ec_p256));
  CHECK_FALSE(make_request({{{"CN", std::string(80, 'x')}}, {}}, NewKey::ec_p256));
}

TEST_CASE("a request for a renewal has the names of the certificate, for the key that waits", "[request]") {
  const testing::ScratchFolder folder;
  testing::Order order = testing::client_order();
  order.name = "device, 1";
  order.ends = -3600;  // it has expired
  order.extensions.emplace_back(NID_subject_alt_name, "DNS:device.example,URI:urn:device:1");
  const auto old = testing::issue(testing::root(), order);

  ssl::IdentityFiles files;
  files.certificate = folder.write("cert.pem", testing::pem(old.certificate));
  files.key = folder / "missing.pem";
  const auto names = ssl::names_in(files, wall_now());
  REQUIRE(names);

  const auto waiting = make_request({{{"CN", "x"}}, {}}, NewKey::ec_p256);
  REQUIRE(waiting);
  const auto key = folder.write("key.pem", waiting->key.reveal());
  const auto made = ssl::make_request_for(key, *names);
  REQUIRE(made);

  const auto request = parsed(*made);
  CHECK(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) == 1);
  CHECK(EVP_PKEY_eq(X509_REQ_get0_pubkey(request.get()), X509_REQ_get0_pubkey(parsed(waiting->request).get())) == 1);
  CHECK(X509_NAME_cmp(X509_REQ_get_subject_name(request.get()), X509_get_subject_name(old.certificate.get())) == 0);

  STACK_OF(X509_EXTENSION)* const extensions = X509_REQ_get_extensions(request.get());
  const X509_EXTENSION* const asked =
      X509v3_get_ext(extensions, X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1));
  const X509_EXTENSION* const had =
      X509_get_ext(old.certificate.get(), X509_get_ext_by_NID(old.certificate.get(), NID_subject_alt_name, -1));
  CHECK(ASN1_STRING_cmp(X509_EXTENSION_get_data(const_cast<X509_EXTENSION*>(asked)),
                        X509_EXTENSION_get_data(const_cast<X509_EXTENSION*>(had))) == 0);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

TEST_CASE("a waiting key that others may read, or that is none, gives no request", "[request]") {
  const testing::ScratchFolder folder;
  const auto made = make_request({{{"CN", "x"}}, {}}, NewKey::ec_p256);
  REQUIRE(made);
  CHECK(ssl::make_request_for(folder.write("open.pem", made->key.reveal(), 0644), {{{"CN", "x"}}, {}}).error().kind ==
        ErrorKind::identity);
  CHECK(ssl::make_request_for(folder.write("empty.pem", ""), {{{"CN", "x"}}, {}}).error().kind == ErrorKind::identity);
}
