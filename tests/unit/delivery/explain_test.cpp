#include "agent/delivery/failure/explain.h"

#include <catch2/catch.hpp>

using namespace muster;
using delivery::explain;
using transfer::Cause;

namespace {

struct Rig {
  ssl::TrustSettings trust;
  beacon::Location location;
  delivery::FailureContext failure_context;
  transfer::Outcome outcome;

  Rig() {
    trust.ca_file = "/ssl/cert.pem";
    trust.crl_path = "/ssl/crls";
    location.id = "paris";
    location.host = "beacon.example";
    location.port = 8443;
    failure_context.action = "upload of /tmp/a.ndi";
    failure_context.trust = &trust;
    failure_context.network_timeout = seconds(30);
  }
  Error error() const { return explain(failure_context, location, outcome); }
};

}  // namespace

TEST_CASE("each cause has its exit code", "[explain]") {
  const auto [cause, kind] = GENERATE(table<Cause, ErrorKind>({{Cause::identity_refused, ErrorKind::identity},
                                                               {Cause::server_untrusted, ErrorKind::untrusted_server},
                                                               {Cause::name, ErrorKind::unreachable},
                                                               {Cause::connect, ErrorKind::unreachable},
                                                               {Cause::tls, ErrorKind::unreachable},
                                                               {Cause::stalled, ErrorKind::unreachable},
                                                               {Cause::broken, ErrorKind::unreachable},
                                                               {Cause::proxy, ErrorKind::unreachable},
                                                               {Cause::answered, ErrorKind::refused},
                                                               {Cause::bad_answer, ErrorKind::refused},
                                                               {Cause::too_large, ErrorKind::refused},
                                                               {Cause::local_read, ErrorKind::local_file},
                                                               {Cause::internal, ErrorKind::failure}}));
  Rig rig;
  rig.outcome.cause = cause;
  CHECK(rig.error().kind == kind);
}

TEST_CASE("every error says what was tried, on which beacon, and what to do", "[explain]") {
  const auto cause = GENERATE(Cause::identity_refused, Cause::server_untrusted, Cause::name, Cause::connect, Cause::tls,
                              Cause::stalled, Cause::broken, Cause::proxy, Cause::answered, Cause::bad_answer,
                              Cause::too_large, Cause::internal);
  Rig rig;
  rig.outcome.cause = cause;
  const Error error = rig.error();
  CHECK(error.message.find("upload of /tmp/a.ndi at beacon 'paris' (https://beacon.example:8443) failed: ") == 0);
  CHECK_FALSE(error.remedy.empty());
  CHECK(error.beacon == "paris");
  CHECK(error.line().find('\n') == std::string::npos);
}

TEST_CASE("without an identity the remedy is the preference that shows one", "[explain]") {
  Rig rig;
  rig.outcome.cause = Cause::identity_refused;
  rig.outcome.reply.status = 400;
  CHECK(rig.error().remedy.find("AddClientCertificateAndKey=True") != std::string::npos);
}

TEST_CASE("what cannot be found out names the preference and the folder", "[explain]") {
  Rig rig;
  rig.outcome.cause = Cause::server_untrusted;
  rig.outcome.handshake.fault = ssl::ServerFault::revocation_unknown;
  rig.outcome.handshake.fault_text = "no CRL of CN=Root (3)";
  const Error error = rig.error();
  CHECK(error.message.find("cannot find out") != std::string::npos);
  CHECK(error.remedy.find("CheckCertificateRevocation") != std::string::npos);
  CHECK(error.remedy.find("/ssl/crls") != std::string::npos);
}

TEST_CASE("each reason against the server's certificate has words of its own", "[explain]") {
  using ssl::ServerFault;
  const auto [fault, fragment] =
      GENERATE(table<ServerFault, std::string>({{ServerFault::unknown_ca, "no CA that this machine trusts"},
                                                {ServerFault::expired, "has expired"},
                                                {ServerFault::not_yet_valid, "not yet valid"},
                                                {ServerFault::wrong_name, "is not for the host beacon.example"},
                                                {ServerFault::revoked, "is revoked"},
                                                {ServerFault::wrong_usage, "not one for a TLS server"},
                                                {ServerFault::other, "cannot be verified"}}));
  Rig rig;
  rig.outcome.cause = Cause::server_untrusted;
  rig.outcome.handshake.fault = fault;
  CHECK(rig.error().message.find(fragment) != std::string::npos);
}

TEST_CASE("a redirect is told with its target, which is not followed", "[explain]") {
  Rig rig;
  rig.outcome.cause = Cause::answered;
  rig.outcome.reply.status = 302;
  rig.outcome.reply.fields = {{"Location", "https://elsewhere.example/"}};
  const Error error = rig.error();
  CHECK(error.message.find("redirect to https://elsewhere.example/") != std::string::npos);
}

TEST_CASE("the beacon's own words reach the reader without markup or control characters", "[explain]") {
  Rig rig;
  rig.outcome.cause = Cause::answered;
  rig.outcome.reply.status = 403;
  rig.outcome.reply.excerpt = "<html><b>403.7\n</b>\x1b[31m Client <i>certificate</i> required</html>";
  const std::string line = rig.error().line();
  CHECK(line.find("403.7 [31m Client certificate required") != std::string::npos);
  CHECK(line.find('\x1b') == std::string::npos);
}

TEST_CASE("the head of a beacon's page, which its body repeats, is left out", "[explain]") {
  Rig rig;
  rig.outcome.cause = Cause::answered;
  rig.outcome.reply.status = 404;
  rig.outcome.reply.excerpt =
      "<html>\r\n<HEAD><title>404 Not Found</title><style>body{margin:0}</style></HEAD>\r\n<body>"
      "<h1>404 Not Found</h1><hr>nginx</body></html>";
  CHECK(rig.error().line().find("HTTP 404: 404 Not Found nginx;") != std::string::npos);
  rig.outcome.reply.excerpt = "<html><head><title>404 Not Found</title></head><body> </body></html>";
  CHECK(rig.error().line().find("HTTP 404: 404 Not Found;") != std::string::npos);
}

TEST_CASE("a limit of IIS for files is named where one was sent", "[explain]") {
  Rig rig;
  rig.outcome.cause = Cause::answered;
  rig.outcome.reply.status = 404;
  CHECK(rig.error().line().find("maxAllowedContentLength") == std::string::npos);
  rig.outcome.sent = 1;
  CHECK(rig.error().line().find("maxAllowedContentLength") != std::string::npos);
}

TEST_CASE("an expired CA is replaced where it is", "[explain]") {
  const auto [blamed, problem, remedy] = GENERATE(table<ssl::BlamedCertificate, std::string, std::string>(
      {{ssl::BlamedCertificate::servers_own, "the beacon's certificate CN=X has expired", "renew it on the beacon;"},
       {ssl::BlamedCertificate::sent_issuer, "the CA certificate CN=X that the beacon sends has expired",
        "have the beacon send the CA's current certificate;"},
       {ssl::BlamedCertificate::trusted_ca, "the CA certificate CN=X that this machine trusts has expired",
        "replace it with the CA's current certificate in /ssl/cert.pem (SSLCACertificateFile)"}}));
  Rig rig;
  rig.outcome.cause = Cause::server_untrusted;
  rig.outcome.handshake.fault = ssl::ServerFault::expired;
  rig.outcome.handshake.fault_subject = "CN=X";
  rig.outcome.handshake.blamed = blamed;
  CHECK(rig.error().message.find(problem) != std::string::npos);
  CHECK(rig.error().remedy.find(remedy) == 0);
}

TEST_CASE("a CA file that is not named by its hash is named with the command", "[explain]") {
  Rig rig;
  rig.trust.ca_path = "/ssl/certs";
  rig.outcome.cause = Cause::server_untrusted;
  rig.outcome.handshake.fault = ssl::ServerFault::unknown_ca;
  rig.outcome.handshake.issuer_missing = true;
  rig.outcome.handshake.unused_ca_file = "/ssl/certs/corp-root.crt";
  CHECK(rig.error().remedy ==
        "run: openssl rehash /ssl/certs; /ssl/certs/corp-root.crt has the issuer, but is not used, as files in that "
        "folder must be named by their hash");
}

TEST_CASE("a beacon that accepts 500 CAs is not said to accept three", "[explain]") {
  Rig rig;
  rig.outcome.cause = Cause::identity_refused;
  rig.outcome.handshake.requested_ca_count = 500;
  for (int i = 0; i < 100; ++i) rig.outcome.handshake.requested_cas.push_back("CN=" + std::string(2000, 'x'));
  CHECK(rig.error().line().size() < 1000);
}

TEST_CASE("a line of an error is bounded, and keeps its remedy", "[explain]") {
  const Error error(ErrorKind::refused, std::string(48'000, 'x'), "renew it");
  CHECK(error.line().size() < 2100);
  CHECK(error.line().ends_with("...; renew it"));
}
