#include <fmt/core.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <array>

#include "platform/base/text.h"
#include "ssl/openssl/certificate.h"

namespace muster::ssl {
namespace {

using NamesPtr = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using PurposesPtr = std::unique_ptr<EXTENDED_KEY_USAGE, Free<EXTENDED_KEY_USAGE_free>>;

std::string written(const BioPtr& bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return text::printable({bytes, static_cast<std::size_t>(size)});
}

struct KeyUsage {
  std::uint32_t bit;
  const char* name;
};
constexpr std::array key_usages{KeyUsage{KU_DIGITAL_SIGNATURE, "Digital Signature"},
                                KeyUsage{KU_NON_REPUDIATION, "Non Repudiation"},
                                KeyUsage{KU_KEY_ENCIPHERMENT, "Key Encipherment"},
                                KeyUsage{KU_DATA_ENCIPHERMENT, "Data Encipherment"},
                                KeyUsage{KU_KEY_AGREEMENT, "Key Agreement"},
                                KeyUsage{KU_KEY_CERT_SIGN, "Certificate Sign"},
                                KeyUsage{KU_CRL_SIGN, "CRL Sign"}};

}  // namespace

std::vector<std::string> subject_names(X509* certificate) {
  std::vector<std::string> names;
  const NamesPtr found(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; found && i < sk_GENERAL_NAME_num(found.get()); ++i) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    GENERAL_NAME_print(bio.get(), sk_GENERAL_NAME_value(found.get(), i));
    names.push_back(written(bio));
  }
  return names;
}

std::vector<std::string> usages(X509* certificate) {
  std::vector<std::string> result;
  if ((X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) != 0) {
    for (const KeyUsage& usage : key_usages) {
      if ((X509_get_key_usage(certificate) & usage.bit) != 0) result.emplace_back(usage.name);
    }
  }

  const PurposesPtr purposes(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; purposes && i < sk_ASN1_OBJECT_num(purposes.get()); ++i) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    i2a_ASN1_OBJECT(bio.get(), sk_ASN1_OBJECT_value(purposes.get(), i));
    result.push_back(written(bio));
  }
  return result;
}

std::string key_type(const EVP_PKEY* key) {
  if (key == nullptr) return "of an unknown type";
  const std::string name = EVP_PKEY_get0_type_name(key) == nullptr ? "unknown" : EVP_PKEY_get0_type_name(key);
  std::array<char, 80> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1) {
    const char* const standard = EC_curve_nid2nist(OBJ_txt2nid(group.data()));  // "P-256" for prime256v1
    return fmt::format("{} {}", name, standard == nullptr ? group.data() : standard);
  }
  return name == "RSA" ? fmt::format("RSA {}", EVP_PKEY_get_bits(key)) : name;
}

}  // namespace muster::ssl
