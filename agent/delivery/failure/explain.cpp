#include "agent/delivery/failure/explain.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/delivery/failure/severity.h"
#include "platform/base/counted.h"

namespace muster::delivery {
namespace {

using transfer::Cause;

ErrorKind kind_of(const beacon::Location& location, const transfer::Outcome& outcome) {
  switch (outcome.cause) {
    case Cause::identity_refused: return ErrorKind::identity;
    case Cause::unproven_refusal: return location.tls ? ErrorKind::identity : ErrorKind::refused;
    case Cause::server_untrusted: return ErrorKind::untrusted_server;
    case Cause::answered:
    case Cause::early_answer:
    case Cause::not_kept:
    case Cause::bad_answer:
    case Cause::too_large: return ErrorKind::refused;
    case Cause::local_read:
    case Cause::local_write: return outcome.local ? outcome.local->kind : ErrorKind::local_file;
    case Cause::name:
    case Cause::connect:
    case Cause::tls:
    case Cause::stalled:
    case Cause::broken:
    case Cause::proxy: return ErrorKind::unreachable;
    case Cause::lost_race:
    case Cause::cancelled:
    case Cause::internal: break;
  }
  return ErrorKind::failure;
}

Error explain_held(const FailureContext& failure_context, const Job& job) {
  const beacon::Location& location = job.locations()[job.held()->location];
  const beacon::RetryAfter& hold = job.held()->hold;
  Error error(ErrorKind::refused,
              fmt::format("{} failed: beacon {} answered HTTP {} and asked clients to wait until {}",
                          failure_context.action, location.label(), hold.status, iso8601(hold.until)),
              "try again then; see the beacon's error log");
  error.beacon = location.id;
  return error;
}

}  // namespace

Explanation describe(const FailureContext& failure_context, const beacon::Location& location,
                     const transfer::Outcome& outcome) {
  switch (outcome.cause) {
    case Cause::identity_refused: return describe_identity(failure_context, outcome);
    case Cause::unproven_refusal: return describe_bad_request(failure_context, location, outcome);
    case Cause::early_answer: return describe_early_answer(location, outcome);
    case Cause::server_untrusted: return describe_server(failure_context, location, outcome);
    case Cause::answered: return describe_status(location, outcome);
    case Cause::not_kept: return describe_loss(location, outcome);
    case Cause::local_read:
    case Cause::local_write:
      if (outcome.local) return {outcome.local->message, outcome.local->remedy};
      break;
    default: break;
  }
  return describe_network(failure_context, location, outcome);
}

Error explain(const FailureContext& failure_context, const beacon::Location& location,
              const transfer::Outcome& outcome) {
  Explanation explanation = describe(failure_context, location, outcome);
  Error error(kind_of(location, outcome),
              fmt::format("{} at beacon {} failed: {}", failure_context.action, location.label(), explanation.problem),
              std::move(explanation.remedy));
  error.beacon = location.id;
  return error;
}

Error explain(const FailureContext& failure_context, const Job& job) {
  const Failure* first = nullptr;
  const auto severity_of = [&](const Failure& failure) {
    return severity(kind_of(job.locations()[failure.location], failure.outcome));
  };

  for (const Failure& failure : job.failures()) {
    if (first == nullptr || severity_of(failure) < severity_of(*first)) first = &failure;
  }

  if (first == nullptr && job.held()) return explain_held(failure_context, job);
  if (first == nullptr) {
    const auto invalid = [](const beacon::Location& location) { return location.never; };
    if (std::all_of(job.locations().begin(), job.locations().end(), invalid)) {
      return {ErrorKind::preference, failure_context.action + " failed: every location has Priority=invalid",
              "set Priority of at least one location to a number"};
    }
    return {ErrorKind::preference,
            failure_context.action + " failed: every location has Priority=invalid or is left out by SelectorAlgorithm",
            "add a location that matches this device, or take discardForeign out of SelectorAlgorithm"};
  }

  Error error = explain(failure_context, job.locations()[first->location], first->outcome);
  const std::size_t others = job.failures().size() - 1;
  if (others > 0) error.message += fmt::format(" ({} failed too)", text::counted(others, "other beacon"));
  return error;
}

}  // namespace muster::delivery
