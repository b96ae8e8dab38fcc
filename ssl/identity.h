// The client's identity: certificate, chain and private key that belong together. Checked when it is made and
// never afterwards; immutable, so it may be shared among threads. There is no half identity: what cannot be
// loaded whole is an Error of kind identity.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "ssl/certificate_summary.h"
#include "ssl/store_choice.h"

namespace muster::ssl {

class Trust;

struct IdentityFiles {
  std::filesystem::path certificate;  // PEM: the leaf, and its chain if there is one; or PKCS#12 with the key
  std::filesystem::path key;          // PEM, encrypted or not; not used beside PKCS#12
  std::filesystem::path key_password_file = {};  // its first line; empty: none
  // Asked for the password of an encrypted key when there is no such file; empty: that is an error. May be asked
  // again when the files are loaded again.
  std::function<Result<Secret>()> ask_key_password = {};
  bool typed = false;             // named in a command, not by preferences: what a remedy says to change
  StoreSelection selection = {};  // where the system has a store for certificates, which takes the place of the files

  bool are_those_of(const IdentityFiles& other) const {
    return certificate == other.certificate && key == other.key && key_password_file == other.key_password_file &&
           selection == other.selection;
  }
};

// Whether the file is PKCS#12 (.pfx), by its content; false where it cannot be read.
bool is_pkcs12(const std::filesystem::path& file);

// Every certificate in the system's store for certificates, judged; where there is no such store, none.
Result<std::vector<JudgedCandidate>> judge_store(const StoreSelection& selection, WallTime now);

class Identity {
 public:
  // Refuses: file missing or unreadable; key file open to others (platform/private_file.h); no or broken PEM;
  // key and certificate that do not match; certificate not yet valid or expired at `now`; an extended key usage
  // without clientAuth or a key usage without digitalSignature (RFC 5280, 4.2.1.3 and 4.2.1.12); what the TLS
  // library would refuse in every handshake, such as a key too short, or can present in no version of TLS, such as an
  // EC key on a curve that is not enabled or is spelled out. The certificate is the one in the file that
  // belongs to the key; the others are its chain, in any order. A PKCS#12 file is private as a whole. Never prompts by
  // itself.
  static Result<std::shared_ptr<const Identity>> load(const IdentityFiles& files, WallTime now);

  // Every reason on this machine why load() or a beacon would refuse it, not only the first; empty: there is none.
  // Beside those of load(): an issuer in the file that is out of date, and what a CRL of `trust` lists, if it is given.
  // Of a key that cannot be used, and of a certificate to which it does not belong, the rest is reported as well.
  static std::vector<Error> problems_of(const IdentityFiles& files, WallTime now, const Trust* trust = nullptr);

  virtual ~Identity() = default;
  virtual const CertificateSummary& leaf() const = 0;
  virtual std::vector<CertificateSummary> chain() const = 0;  // without the leaf, each followed by its issuer
  // Digest over certificate, chain and public key: equal content gives an equal key.
  virtual const std::string& content_key() const = 0;
  // What some servers refuse it for and others do not, each with what to do: not a reason not to try.
  virtual std::vector<Error> warnings() const = 0;
  // One error for each of its certificates that a CRL of `trust` lists, in date or not: the beacons will know it too.
  virtual std::vector<Error> revocations(const Trust& trust) const = 0;

 protected:
  Identity() = default;
};

}  // namespace muster::ssl
