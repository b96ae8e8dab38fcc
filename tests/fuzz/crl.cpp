// CRLs (RFC 5280, 5), as an administrator may have deployed them and as a web server may send them.
#include <openssl/err.h>
#include <openssl/pem.h>

#include "tests/fuzz/authority.h"
#include "tests/fuzz/server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzzing {
namespace {

using Kind = ssl::WantedEvidence::Kind;
using CrlPtr = std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)>;

int refuse_password(char*, int, int, void*) { return -1; }

bool is_signed_by_issuer(const CrlPtr& crl) {
  return crl && X509_CRL_verify(crl.get(), authority_key("issuing").get()) == 1;
}

// Whether any CRL in the input is the issuer's: read here in another way than in the product.
bool holds_crl_of_issuer(std::string_view input) {
  bool found = false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
  const auto* const end = bytes + input.size();
  while (bytes < end) {
    const CrlPtr crl(d2i_X509_CRL(nullptr, &bytes, static_cast<long>(end - bytes)), &X509_CRL_free);
    if (!crl) break;
    found = found || is_signed_by_issuer(crl);
  }

  BIO* const bio = BIO_new_mem_buf(input.data(), static_cast<int>(input.size()));
  while (!found && BIO_eof(bio) == 0) {
    const CrlPtr crl(PEM_read_bio_X509_CRL(bio, nullptr, &refuse_password, nullptr), &X509_CRL_free);
    found = is_signed_by_issuer(crl);
  }
  BIO_free(bio);
  ERR_clear_error();
  return found;
}

void check_deployed(std::string_view input, bool may_be_accepted) {
  const ssl::TrustSettings settings = trust_settings();
  deploy(input);
  const auto trust = ssl::Trust::load(settings);
  if (!trust) return check_refusal(trust.error());
  const bool accepted = visit(*trust, nullptr).client_done;
  must(!accepted || may_be_accepted, "without a CRL of its issuer a server is refused");
}

void check_fetched(std::string_view input, bool may_be_accepted) {
  const ssl::TrustSettings settings = trust_settings();
  deploy({});
  std::filesystem::remove(settings.crl_path / "issuing.crl");
  const auto trust = ssl::Trust::load(settings);
  must(trust.has_value(), "the CRL of the root is good");

  const auto evidence = ssl::Evidence::make({});
  const auto complete = evidence->keep(wanted(Kind::crl, "http://ca.test/ca.crl"), input, wall_now());
  const auto delta = evidence->keep(wanted(Kind::delta_crl, "http://ca.test/delta.crl"), input, wall_now());
  if (!complete) check_refusal(complete.error());
  if (!delta) check_refusal(delta.error());
  must((!complete && !delta) || may_be_accepted, "nothing is kept that the issuer did not sign");

  const bool accepted = visit(*trust, evidence).client_done;
  must(!accepted || complete.has_value(), "without a complete CRL a server is refused");
}

}  // namespace

void run_crl(std::string_view input) {
  const bool may_be_accepted = holds_crl_of_issuer(input);
  check_deployed(input, may_be_accepted);
  check_fetched(input, may_be_accepted);
}

}  // namespace muster::fuzzing
