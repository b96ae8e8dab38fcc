// What messages say of the TLS backend: where it keeps certificates, and what it does not report.
#pragma once

#include <string>

namespace muster::ssl {

struct IdentityFiles;
struct TrustSettings;

// The client certificate's file, or the store of the system.
std::string place_of(const IdentityFiles& files);

// "/etc/cert.pem (SSLCACertificateFile) or /etc/certs (SSLCACertificatePath)", or the stores of the system.
std::string place_of_roots(const TrustSettings& settings);
std::string place_of_crls(const TrustSettings& settings);

// Whether a Handshake says what the server asked for and what was sent; where false, its flags and names about that
// are empty.
bool shows_certificate_requests();

}  // namespace muster::ssl
