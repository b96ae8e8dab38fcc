#include "ssl/openssl/keys/derivation_work.h"

#include <fmt/core.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>

#include <array>
#include <string_view>

namespace muster::ssl {
namespace {

using Pbes2Ptr = std::unique_ptr<PBE2PARAM, Free<PBE2PARAM_free>>;
using Pbkdf2Ptr = std::unique_ptr<PBKDF2PARAM, Free<PBKDF2PARAM_free>>;
using ScryptPtr = std::unique_ptr<SCRYPT_PARAMS, Free<SCRYPT_PARAMS_free>>;
using PbePtr = std::unique_ptr<PBEPARAM, Free<PBEPARAM_free>>;

int nid_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  if (algorithm != nullptr) X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return object == nullptr ? NID_undef : OBJ_obj2nid(object);
}

template <class T>
T* parameters_of(const X509_ALGOR* algorithm, const ASN1_ITEM* item) {
  if (algorithm == nullptr) return nullptr;
  const void* value = nullptr;
  int type = 0;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return nullptr;
  return static_cast<T*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), item));
}

}  // namespace

bool DerivationWork::allow_rounds(const ASN1_INTEGER* rounds) {
  long count = 1;
  if (rounds != nullptr) {
    std::int64_t value = 0;
    if (ASN1_INTEGER_get_int64(&value, rounds) != 1 || value < 0 || value > most_rounds) return false;
    count = static_cast<long>(value);
  }
  done_ += count;
  return done_ <= most_rounds;
}

bool DerivationWork::allow(const X509_ALGOR* algorithm) {
  if (nid_of(algorithm) != NID_pbes2) {
    const PbePtr parameters(parameters_of<PBEPARAM>(algorithm, ASN1_ITEM_rptr(PBEPARAM)));
    return parameters && allow_rounds(parameters->iter);
  }
  const Pbes2Ptr parameters(parameters_of<PBE2PARAM>(algorithm, ASN1_ITEM_rptr(PBE2PARAM)));
  if (!parameters) return false;
  if (nid_of(parameters->keyfunc) == NID_id_scrypt) return allow_scrypt(parameters->keyfunc);
  if (nid_of(parameters->keyfunc) != NID_id_pbkdf2) return false;
  const Pbkdf2Ptr derivation(parameters_of<PBKDF2PARAM>(parameters->keyfunc, ASN1_ITEM_rptr(PBKDF2PARAM)));
  return derivation && allow_rounds(derivation->iter);
}

// The library limits the memory, but not how often it is gone through: 4 N r p blocks of 64 bytes are mixed, each in
// about half the time that a round of PBKDF2 takes.
bool DerivationWork::allow_scrypt(const X509_ALGOR* function) {
  const ScryptPtr parameters(parameters_of<SCRYPT_PARAMS>(function, ASN1_ITEM_rptr(SCRYPT_PARAMS)));
  if (!parameters) return false;
  long rounds = 4;
  for (const ASN1_INTEGER* factor :
       {parameters->costParameter, parameters->blockSize, parameters->parallelizationParameter}) {
    std::int64_t value = 0;
    if (ASN1_INTEGER_get_int64(&value, factor) != 1 || value < 1 || value > most_rounds / rounds) return false;
    rounds *= static_cast<long>(value);
  }
  done_ += rounds;
  return done_ <= most_rounds;
}

std::string DerivationWork::too_much() {
  return fmt::format(" asks for more rounds of its key derivation than any maker uses (over {})", most_rounds);
}

bool is_pbmac1(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  if (algorithm != nullptr) X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  if (object == nullptr) return false;
  std::array<char, 64> text{};
  OBJ_obj2txt(text.data(), text.size(), object, 1);
  return std::string_view(text.data()) == "1.2.840.113549.1.5.14";
}

}  // namespace muster::ssl
