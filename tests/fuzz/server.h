// A server of the corpora's CA, met in memory, whose revocation is judged by what the fuzzer brings.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ssl/evidence.h"
#include "ssl/trust.h"
#include "tests/unit/ssl/tls_server.h"

namespace muster::fuzzing {

// A device that trusts the root, with a folder of CRLs in which there is one of the root.
ssl::TrustSettings trust_settings();

// A fetch of evidence about the server.
ssl::WantedEvidence wanted(ssl::WantedEvidence::Kind kind, std::string url);

// A handshake of a device with this trust and evidence.
testing::Meeting visit(std::shared_ptr<const ssl::Trust> trust, std::shared_ptr<ssl::Evidence> evidence);

// An error about revocation: on one printable line.
void check_refusal(const Error& error);

// Puts a file, and only it, beside the CRL of the root.
void deploy(std::string_view crl);

}  // namespace muster::fuzzing
