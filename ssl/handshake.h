// What was seen of one TLS connection, for judging and explaining a failure. Filled on the thread that drives
// the connection; read by that thread between its callbacks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ssl/certificate_summary.h"
#include "ssl/evidence.h"

namespace muster::ssl {

// Why the server's certificate was refused. The first reason of the chain walk stays.
enum class ServerFault {
  none,
  unknown_ca,  // no chain up to a CA that we trust
  expired,
  not_yet_valid,
  wrong_name,  // RFC 6125: host not among the subjectAltNames; the subject never counts
  revoked,
  revocation_unknown,  // no usable evidence, and the check is required
  wrong_usage,         // not for a TLS server
  other,
};

// Which certificate the fault is in.
enum class BlamedCertificate {
  servers_own,
  sent_issuer,  // a CA certificate that the server sent
  trusted_ca,   // a CA certificate of this machine's own trust store
};

struct RevocationFinding {
  std::string subject;
  std::string words;  // by what it is known, or why it is not
  bool good = false;
};

struct Handshake {
  bool complete = false;                   // finished at least once on this connection
  std::optional<int> alert_received;       // RFC 8446, 6: description of the last fatal alert from the peer
  std::string alert_name;                  // OpenSSL's words for it, or "alert 116"
  bool certificate_requested = false;      // the server asked for a client certificate, or when a resumed session began
  bool requested_late = false;             // after the handshake: by renegotiation, or RFC 8446, 4.6.2
  bool certificate_sent = false;           // and ours went out: not where no key or signature of it is accepted
  std::vector<std::string> accepted_keys;  // types of keys whose signatures the server accepts: "RSA", "EC"
  std::vector<std::string> requested_cas;  // subjects, RFC 2253, at most 100
  std::size_t requested_ca_count = 0;      // all that the server named
  ServerFault fault = ServerFault::none;
  bool issuer_missing = false;  // unknown_ca: who issued the last certificate was neither sent nor is trusted here
  std::string fault_text;       // OpenSSL's words and number: "certificate has expired (10)"
  std::string fault_subject;    // the certificate in question, RFC 2253
  BlamedCertificate blamed = BlamedCertificate::servers_own;
  std::string unused_ca_file;          // unknown_ca: has the issuer, but is not loaded, as its name is not its hash
  std::vector<WantedEvidence> wanted;  // revocation_unknown: what would have to be fetched first
  std::vector<CertificateSummary> server_chain;  // as the server sent it; only where ClientContext records it
  std::vector<RevocationFinding> revocation;     // likewise: what was found out of each certificate, and how
  std::string protocol;                          // "TLSv1.3"
  std::string cipher;
};

// Alert descriptions that blame the client's certificate (RFC 8446, 6.2; 40 only where one was asked for).
bool blames_client_certificate(const Handshake& handshake);

}  // namespace muster::ssl
