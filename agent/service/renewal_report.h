// How it stands with the automatic renewal of the client certificate: for the agent, for status and for the doctor.
#pragma once

#include <optional>

#include "agent/certificate/renewal_plan.h"
#include "agent/certificate/renewal_record.h"
#include "agent/config/preferences.h"
#include "ssl/certificate_summary.h"

namespace muster::service {

struct RenewalReport {
  bool configured = false;                        // CertificateRenewCommand is set, whether it may be used or not
  bool may_run = false;                           // it may be used, and a certificate is shown to beacons
  std::filesystem::path certificate;              // the file
  std::optional<certificate::Lifetime> lifetime;  // of the certificate there; nullopt: none can be read
  double share = 0;                               // this device's, see renewal_plan.h
  std::optional<certificate::RenewalRecord> last;
  std::optional<Error> problem;  // why it is not renewed, or was not when that was tried last
};

// Reads the certificate and the record of the last attempt, and examines the configuration file. A failure counts until
// the certificate file is replaced.
RenewalReport renewal_report(const config::Preferences& preferences, WallTime now);

}  // namespace muster::service
