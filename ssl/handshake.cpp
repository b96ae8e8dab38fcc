#include "ssl/handshake.h"

namespace muster::ssl {

bool blames_client_certificate(const Handshake& handshake) {
  if (!handshake.alert_received || !handshake.certificate_requested) return false;
  switch (*handshake.alert_received) {
    case 40:   // handshake_failure: what TLS 1.2 servers say when none was shown
    case 42:   // bad_certificate
    case 43:   // unsupported_certificate
    case 44:   // certificate_revoked
    case 45:   // certificate_expired
    case 46:   // certificate_unknown
    case 48:   // unknown_ca
    case 49:   // access_denied
    case 116:  // certificate_required
      return true;
    default: return false;
  }
}

}  // namespace muster::ssl
