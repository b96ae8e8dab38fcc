#include "agent/cli/transfer_words.h"

#include <fmt/core.h>

#include "agent/cli/beacon_words.h"
#include "agent/delivery/failure/explain.h"
#include "platform/log.h"

namespace muster::cli {
namespace {

double in_ms(microseconds time) { return static_cast<double>(time.count()) / 1000; }

std::string way_in_words(const beacon::Location& location, const transfer::Outcome& outcome) {
  std::string words = fmt::format("'{}'", location.id);
  if (!outcome.address.empty()) words += " at " + outcome.address;

  const ssl::Handshake& handshake = outcome.handshake;
  if (handshake.complete) words += ", " + handshake.protocol;
  if (handshake.complete && !handshake.cipher.empty()) words += " " + handshake.cipher;
  if (outcome.new_connection) {
    words += fmt::format(", new connection in {:.1f} ms", in_ms(outcome.timing.connect + outcome.timing.tls));
  } else {
    words += ", on an open connection";
  }
  return words + fmt::format(", HTTP {} after {:.1f} ms", outcome.reply.status, in_ms(outcome.timing.total));
}

}  // namespace

void log_way(std::string_view action, const beacon::Location& location, const transfer::Outcome& outcome) {
  if (!log::enabled(log::Level::info)) return;
  log::info(fmt::format("{}: {}", action, way_in_words(location, outcome)));
}

void log_choice(const service::Session& session) {
  if (!log::enabled(log::Level::info)) return;
  const WallTime now = wall_now();
  const auto choice = session.selector().choose(0, {}, now);
  if (choice.places.empty()) return;

  const beacon::Place& first = choice.places.front();
  const beacon::Location& location = session.locations()[first.location];
  log::info(fmt::format("of {} locations {} comes first: {}", session.locations().size(), location.label(),
                        words(first, location, session.selector().record(first.location), now)));
}

void log_course(const delivery::FailureContext& context, const delivery::Job& job) {
  if (!log::enabled(log::Level::info)) return;
  for (const delivery::Failure& failure : job.failures()) {
    log::info(delivery::explain(context, job.locations()[failure.location], failure.outcome).line());
  }
  if (job.beacon() != nullptr) log_way(context.action, *job.beacon(), job.outcome());
}

}  // namespace muster::cli
