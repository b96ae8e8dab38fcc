// OCSP responses (RFC 6960), as a responder may send them.
#include <algorithm>

#include "tests/fuzz/server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzzing {
namespace {

using Kind = ssl::WantedEvidence::Kind;

// What a handshake without evidence wants of the responder.
ssl::WantedEvidence wanted_answer(const std::shared_ptr<const ssl::Trust>& trust) {
  const testing::Meeting meeting = visit(trust, ssl::Evidence::make({}));
  must(!meeting.client_done, "without evidence a server is refused");
  const auto& all = meeting.record->wanted;
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.kind == Kind::ocsp; });
  must(found != all.end(), "the responder that the certificate names is asked");
  return *found;
}

}  // namespace

void run_ocsp(std::string_view input) {
  static const auto trust = [] {
    ssl::TrustSettings settings = trust_settings();
    settings.sources = {ssl::RevocationSource::ocsp, ssl::RevocationSource::crl};
    const auto loaded = ssl::Trust::load(settings);
    must(loaded.has_value(), "the CRL of the root is good");
    return *loaded;
  }();
  static const ssl::WantedEvidence wanted = wanted_answer(trust);

  const auto evidence = ssl::Evidence::make({});
  const auto kept = evidence->keep(wanted, input, wall_now());
  if (!kept) check_refusal(kept.error());
  const bool accepted = visit(trust, evidence).client_done;
  must(!accepted || kept.has_value(), "what was not kept does not count");
}

}  // namespace muster::fuzzing
