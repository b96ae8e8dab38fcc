// How much work it would be to decrypt a PKCS#12 file or a private key, known before it is done. Private to this
// folder.
#pragma once

#include <string>

#include "ssl/openssl/types.h"

namespace muster::ssl {

// Counts the rounds of key derivation of one file: a hostile one could ask for hours. One thread.
class DerivationWork {
 public:
  static constexpr long most_rounds = 5'000'000;  // of all parts together; makers use a thousand to a million

  // Of PBES2 with PBKDF2 (RFC 8018) or scrypt (RFC 7914), and of the PKCS#12 schemes. False: too many, or nobody can
  // tell.
  bool allow(const X509_ALGOR* algorithm);
  bool allow_rounds(const ASN1_INTEGER* rounds);  // nullptr: one

  static std::string too_much();  // in words, behind the name of the file

 private:
  bool allow_scrypt(const X509_ALGOR* function);

  long done_ = 0;
};

bool is_pbmac1(const X509_ALGOR* algorithm);  // RFC 9579

}  // namespace muster::ssl
