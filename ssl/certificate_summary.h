// What a person or a log may see of a certificate. A value.
#pragma once

#include <string>
#include <vector>

#include "platform/base/clock.h"

namespace muster::ssl {

struct CertificateSummary {
  std::string subject;  // RFC 2253
  std::string issuer;
  std::string serial;              // hex
  std::string fingerprint;         // SHA-256 over the DER, hex
  std::vector<std::string> names;  // subjectAltName: "DNS:device.example", "IP Address:192.0.2.1"
  std::vector<std::string> usage;  // "Digital Signature", "TLS Web Client Authentication"; empty: for anything
  std::string key_type;            // "EC P-256", "RSA 2048", "ED25519"
  WallTime not_before;
  WallTime not_after;
};

// Whole days until it ends, below zero once it has ended.
inline long days_left(const CertificateSummary& certificate, WallTime now) {
  return static_cast<long>(std::chrono::floor<std::chrono::days>(certificate.not_after - now).count());
}

}  // namespace muster::ssl
