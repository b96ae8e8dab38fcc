// A client certificate and its key as two clean PEM texts, to be installed on this machine or another one.
#pragma once

#include <string>
#include <vector>

#include "ssl/identity.h"

namespace muster::ssl {

class Trust;

struct PemPair {
  std::string certificates;  // the leaf first, then its chain; nothing but PEM blocks
  Secret key;                // PKCS#8 without a password
  CertificateSummary leaf;
  std::vector<Error> warnings;  // Identity::warnings()
};

enum class WithChain { yes, no };

// From PKCS#12 or PEM files, which may be open to others, as they are only copied from. Refuses what Identity::load()
// refuses, so that nothing is installed that would not work.
Result<PemPair> make_pem_pair(const IdentityFiles& files, WithChain chain, WallTime now);

// What a certificate file shows, whether it works or not: the certificate that belongs to the key, or the first one
// where no key fits, and the others.
struct Described {
  CertificateSummary leaf;
  std::vector<CertificateSummary> others;
  std::vector<Error> warnings;  // Identity::warnings(), where the key fits
};
// `trust`, where it is given, adds the warning that intermediate certificates may be missing.
Result<Described> describe(const IdentityFiles& files, WallTime now, const Trust* trust = nullptr);

}  // namespace muster::ssl
