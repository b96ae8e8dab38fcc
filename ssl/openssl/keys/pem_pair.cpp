#include "ssl/pem_pair.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/keys/credentials.h"
#include "ssl/openssl/keys/lone_leaf.h"
#include "ssl/openssl/keys/openssl_identity.h"
#include "ssl/openssl/keys/pem_text.h"

namespace muster::ssl {
namespace {

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return std::string(text_in(bio));
}

}  // namespace

std::string_view text_in(const BioPtr& bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Secret pem_of(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  Secret text(std::string(bytes, static_cast<std::size_t>(size)));
  OPENSSL_cleanse(bytes, static_cast<std::size_t>(size));
  return text;
}

Result<PemPair> make_pem_pair(const IdentityFiles& files, WithChain chain, WallTime now) {
  auto identity = load_good(files, Privacy::any, now);
  if (!identity) return tl::unexpected(identity.error());

  PemPair pair;
  pair.leaf = (*identity)->leaf();
  pair.warnings = (*identity)->warnings();
  pair.certificates = pem_of((*identity)->certificate());
  for (int i = 0; chain == WithChain::yes && i < sk_X509_num((*identity)->issuers()); ++i) {
    pair.certificates += pem_of(sk_X509_value((*identity)->issuers(), i));
  }

  pair.key = pem_of((*identity)->key());
  if (pair.key.empty())
    return fail(ErrorKind::identity, "the private key cannot be written as PEM: " + openssl_error());
  return pair;
}

Result<Described> describe(const IdentityFiles& files, WallTime now, const Trust* trust) {
  if (const auto whole = load_whole(files, Privacy::required, now)) {
    Described described{(*whole)->leaf(), (*whole)->chain(), (*whole)->warnings()};
    const auto lone = warn_of_lone_leaf(**whole, static_cast<const OpensslTrust*>(trust), files.certificate);
    if (trust != nullptr && lone) described.warnings.push_back(*lone);
    return described;
  }

  auto certificates = load_certificates(files);
  if (!certificates) return tl::unexpected(certificates.error());
  Described described;
  described.leaf = summary_of(certificates->front().get());
  for (std::size_t i = 1; i < certificates->size(); ++i)
    described.others.push_back(summary_of((*certificates)[i].get()));
  return described;
}

}  // namespace muster::ssl
