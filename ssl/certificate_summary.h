// What a person or a log may see of a certificate. A value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.h"

namespace muster::ssl {

struct CertificateSummary {
  std::string subject;  // RFC 2253
  std::string issuer;
  std::string serial;              // hex, with a minus sign where it is negative
  std::string fingerprint;         // SHA-256 over the DER, hex
  std::vector<std::string> names;  // subjectAltName: "DNS:device.example", "IP Address:192.0.2.1"
  std::vector<std::string> usage;  // "Digital Signature", "TLS Web Client Authentication"; empty: for anything
  std::string key_type;            // "EC P-256", "RSA 2048", "ED25519"
  WallTime not_before;             // cut to what the clock can express: 1677 to 2262
  WallTime not_after;

  // The dates as they are written in the certificate, "9999-12-31 23:59:59 UTC"; empty: cannot be read.
  std::string begins;
  std::string ends;
  std::optional<std::chrono::sys_seconds> end_beyond_clock;  // where not_after had to be cut
};

// "a, b or N more", with the separators that are inside a name escaped ("\\,") and long names cut.
std::string list_names(const std::vector<std::string>& names, std::size_t max_shown);

// Names of others may be of any length: cut to 100 bytes at a code point.
std::string shorten_name(const std::string& name);

// Whole days until it ends, below zero once it has ended.
long days_left(const CertificateSummary& certificate, WallTime now);

// "expires in 23 hours", "expires in 12 days", "expired 3 days ago".
std::string expiry_in_words(const CertificateSummary& certificate, WallTime now);

}  // namespace muster::ssl
