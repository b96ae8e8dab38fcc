#include "ssl/openssl/keys/ciphers.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>

namespace muster::ssl {
namespace {

using Pbes2Ptr = std::unique_ptr<PBE2PARAM, Free<PBE2PARAM_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, Free<EVP_CIPHER_free>>;
using DigestPtr = std::unique_ptr<EVP_MD, Free<EVP_MD_free>>;

const ASN1_OBJECT* object_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  if (algorithm != nullptr) X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return object;
}

std::string name_of(const ASN1_OBJECT* object) {
  if (object == nullptr) return "an unknown algorithm";
  const int nid = OBJ_obj2nid(object);
  if (nid != NID_undef) return OBJ_nid2sn(nid);
  std::array<char, 80> text{};
  OBJ_obj2txt(text.data(), text.size(), object, 1);
  return text.data();
}

}  // namespace

OldCiphers::~OldCiphers() {
  if (legacy_ != nullptr) OSSL_PROVIDER_unload(legacy_);
  if (default_ != nullptr) OSSL_PROVIDER_unload(default_);
}

OSSL_LIB_CTX* OldCiphers::context() {
  if (library_) return library_.get();
  library_.reset(OSSL_LIB_CTX_new());
  default_ = OSSL_PROVIDER_load(library_.get(), "default");
  legacy_ = OSSL_PROVIDER_load(library_.get(), "legacy");
  return library_.get();
}

std::string algorithm_name(const X509_ALGOR* algorithm) { return name_of(object_of(algorithm)); }

std::string cipher_name(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = object_of(algorithm);
  const int nid = object == nullptr ? NID_undef : OBJ_obj2nid(object);
  if (nid == NID_pbes2) {
    const void* value = nullptr;
    int type = 0;
    X509_ALGOR_get0(nullptr, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE) return "an unreadable cipher";
    const Pbes2Ptr parameters(
        static_cast<PBE2PARAM*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), ASN1_ITEM_rptr(PBE2PARAM))));
    return parameters ? algorithm_name(parameters->encryption) : "an unreadable cipher";
  }

  int cipher = NID_undef;
  const bool is_known = EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, &cipher, nullptr, nullptr) == 1 && cipher > 0;
  return is_known ? OBJ_nid2sn(cipher) : name_of(object);
}

bool has_cipher(OSSL_LIB_CTX* context, const std::string& name) {
  const CipherPtr cipher(EVP_CIPHER_fetch(context, name.c_str(), nullptr));
  ERR_clear_error();
  return cipher != nullptr;
}

bool has_digest(const X509_ALGOR* algorithm) {
  const DigestPtr digest(EVP_MD_fetch(nullptr, algorithm_name(algorithm).c_str(), nullptr));
  ERR_clear_error();
  return digest != nullptr;
}

}  // namespace muster::ssl
