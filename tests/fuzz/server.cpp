#include "tests/fuzz/server.h"

#include "platform/base/text.h"
#include "tests/fuzz/authority.h"
#include "tests/fuzz/target.h"
#include "tests/unit/platform/scratch_folder.h"

namespace muster::fuzzing {
namespace {

const testing::ScratchFolder& scratch() {
  static const testing::ScratchFolder folder;
  return folder;
}

std::string authority_file(const std::string& name) {
  return testing::ScratchFolder::content_of(authority_folder() / name);
}

const testing::ServerSide& server() {
  static const testing::ServerSide side = [] {
    testing::ServerSide made{{authority_certificate("server"), authority_key("server")}};
    made.chain = {authority_certificate("issuing")};
    return made;
  }();
  return side;
}

}  // namespace

ssl::TrustSettings trust_settings() {
  ssl::TrustSettings settings;
  settings.ca_file = authority_folder() / "root.pem";
  settings.crl_path = scratch().folder("crls");
  scratch().write("crls/root.crl", authority_file("root.crl"));
  return settings;
}

ssl::WantedEvidence wanted(ssl::WantedEvidence::Kind kind, std::string url) {
  ssl::WantedEvidence evidence;
  evidence.kind = kind;
  evidence.url = std::move(url);
  evidence.certificate = testing::der(authority_certificate("server"));
  evidence.issuer = testing::der(authority_certificate("issuing"));
  return evidence;
}

testing::Meeting visit(std::shared_ptr<const ssl::Trust> trust, std::shared_ptr<ssl::Evidence> evidence) {
  const ssl::ClientContext client(nullptr, std::move(trust), std::move(evidence));
  testing::Meeting meeting = testing::meet(client, server(), "localhost");
  must(meeting.client_done == (meeting.record->fault == ssl::ServerFault::none), "a refusal has its reason");
  must(meeting.record->fault_text == text::printable(meeting.record->fault_text), "a reason is printable");
  return meeting;
}

void check_refusal(const Error& error) {
  must(error.kind == ErrorKind::untrusted_server, "what is no evidence is an error about the server");
  must(!error.message.empty() && error.line() == text::printable(error.line()), "an error is one printable line");
}

void deploy(std::string_view crl) { scratch().write("crls/issuing.crl", crl); }

}  // namespace muster::fuzzing
