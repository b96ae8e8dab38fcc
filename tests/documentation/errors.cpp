#include "tests/documentation/errors.h"

#include "agent/delivery/failure/explain.h"

namespace muster::test {
namespace {

using transfer::Cause;

// What a failure's message says after "failed: ", up to the first part that changes from case to case.
class Collector {
 public:
  Collector() {
    location_.id = "<id>";
    location_.host = "<host>";
    circumstances_.action = "upload";
    circumstances_.trust = &trust_;
  }

  void add(const transfer::Outcome& outcome) {
    const Error error = delivery::explain(circumstances_, location_, outcome);
    const std::string what = error.message.substr(error.message.find("failed: ") + 8);
    beginnings_.push_back(what.substr(0, what.find_first_of(":(<0123456789")));
  }

  std::vector<std::string> beginnings_;

 private:
  ssl::TrustSettings trust_;
  beacon::Location location_;
  delivery::FailureContext circumstances_;
};

}  // namespace

std::vector<std::string> errors_missing_in(const std::string& document) {
  Collector all;
  for (const Cause cause : {Cause::identity_refused, Cause::unproven_refusal, Cause::early_answer, Cause::name,
                            Cause::connect, Cause::tls, Cause::stalled, Cause::broken, Cause::bad_answer,
                            Cause::not_kept, Cause::too_large, Cause::proxy, Cause::cancelled, Cause::internal}) {
    transfer::Outcome outcome;
    outcome.cause = cause;
    all.add(outcome);
  }
  using transfer::Trouble;
  for (const auto& [cause, trouble] :
       {std::pair(Cause::connect, Trouble::refused), std::pair(Cause::connect, Trouble::no_route),
        std::pair(Cause::connect, Trouble::forbidden), std::pair(Cause::connect, Trouble::unanswered),
        std::pair(Cause::tls, Trouble::old_tls), std::pair(Cause::tls, Trouble::not_tls),
        std::pair(Cause::tls, Trouble::unanswered), std::pair(Cause::internal, Trouble::no_descriptor)}) {
    transfer::Outcome outcome;
    outcome.cause = cause;
    outcome.trouble = trouble;
    all.add(outcome);
  }
  using ssl::ServerFault;
  for (const ServerFault fault :
       {ServerFault::unknown_ca, ServerFault::expired, ServerFault::not_yet_valid, ServerFault::wrong_name,
        ServerFault::revoked, ServerFault::revocation_unknown, ServerFault::wrong_usage, ServerFault::other}) {
    transfer::Outcome outcome;
    outcome.cause = Cause::server_untrusted;
    outcome.handshake.fault = fault;
    all.add(outcome);
  }
  for (const int status : {301, 400, 401, 404, 429, 503}) {
    transfer::Outcome outcome;
    outcome.cause = Cause::answered;
    outcome.reply.status = status;
    all.add(outcome);
  }
  std::vector<std::string> missing;
  for (const std::string& beginning : all.beginnings_) {
    if (document.find(beginning) == std::string::npos) missing.push_back(beginning);
  }
  return missing;
}

}  // namespace muster::test
