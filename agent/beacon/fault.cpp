#include "agent/beacon/fault.h"

#include <algorithm>
#include <array>

#include "agent/beacon/retry_after.h"

namespace muster::beacon {
namespace {

using transfer::Cause;

constexpr double jitter = 0.5;  // of the whole: a quarter more or less
constexpr unsigned max_doublings = 12;

struct Row {
  Fault fault;
  std::string_view name;
  std::string_view words;
  seconds first;
  seconds max;
};

constexpr std::array rows{
    Row{Fault::name, "name", "its name could not be resolved", seconds(60), seconds(3600)},
    Row{Fault::connect, "connect", "no connection could be made", seconds(30), seconds(3600)},
    Row{Fault::tls, "tls", "the TLS handshake failed", seconds(60), seconds(3600)},
    Row{Fault::late, "late", "it was silent while another beacon answered", seconds(30), seconds(3600)},
    Row{Fault::untrusted, "untrusted", "its certificate is not trusted", seconds(300), seconds(21'600)},
    Row{Fault::certificate, "certificate", "it refused the client certificate", seconds(300), seconds(21'600)},
    Row{Fault::declined, "declined", "it refused a transfer", seconds(300), seconds(21'600)},
    Row{Fault::failing, "failing", "it answered that it is busy or broken", seconds(30), seconds(1800)},
    Row{Fault::slow, "slow", "it was too slow", seconds(60), seconds(3600)},
    Row{Fault::broken, "broken", "a connection was lost", seconds(30), seconds(1800)},
};

const Row& row_of(Fault fault) {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.fault == fault; });
}

Fault fault_of_status(int status) {
  return status == 408 || status == 429 || status >= 500 ? Fault::failing : Fault::declined;
}

}  // namespace

std::optional<Fault> fault_of(const transfer::Outcome& outcome) {
  switch (outcome.cause) {
    case Cause::answered: return fault_of_status(outcome.reply.status);
    case Cause::identity_refused:
    case Cause::unproven_refusal: return Fault::certificate;
    case Cause::server_untrusted: return Fault::untrusted;
    case Cause::name: return Fault::name;
    case Cause::connect:
    case Cause::proxy: return Fault::connect;
    case Cause::tls: return Fault::tls;
    case Cause::stalled: return Fault::slow;
    case Cause::broken: return Fault::broken;
    case Cause::bad_answer:
    case Cause::too_large:
    case Cause::early_answer:
    case Cause::not_kept: return Fault::declined;
    case Cause::local_read:
    case Cause::local_write:
    case Cause::lost_race:
    case Cause::cancelled:
    case Cause::internal: break;
  }
  return std::nullopt;
}

std::string_view words(Fault fault) { return row_of(fault).words; }

std::string_view name_of(Fault fault) { return row_of(fault).name; }

std::optional<Fault> fault_named(std::string_view word) {
  const auto* const row = std::find_if(rows.begin(), rows.end(), [&](const Row& known) { return known.name == word; });
  return row == rows.end() ? std::nullopt : std::optional(row->fault);
}

bool ends_with_epoch(Fault fault) { return fault == Fault::untrusted || fault == Fault::certificate; }

bool is_tried_in_background(Fault fault) {
  switch (fault) {
    case Fault::name:
    case Fault::connect:
    case Fault::tls:
    case Fault::late:
    case Fault::slow: return true;
    case Fault::untrusted:
    case Fault::certificate:
    case Fault::declined:
    case Fault::failing:
    case Fault::broken: break;
  }
  return false;
}

bool ends_with_connection(Fault fault, bool with_tls) {
  if (fault == Fault::name || fault == Fault::connect) return true;
  return with_tls && (fault == Fault::tls || fault == Fault::late);
}

Penalty penalty_after(const std::optional<Penalty>& former, const FailedAttempt& attempt, double random) {
  // Beyond the hold, which ends at the very time that was asked for: a fleet does not come back at once.
  const double obeyed =
      static_cast<double>(std::min<seconds>(attempt.asked, RetryAfter::max_wait).count()) * (1 + jitter / 2 * random);

  const bool began_before = former && former->since <= attempt.ended && attempt.began <= former->since;
  const bool same = former && former->fault == attempt.fault;
  if (former && former->counts(attempt.ended, attempt.epoch) && (same || began_before)) {
    Penalty longer = *former;
    const auto so_far = std::chrono::ceil<seconds>(attempt.ended - former->since);
    longer.length = std::max(longer.length, so_far + seconds(static_cast<long>(obeyed)));
    return longer;
  }

  const Row& row = row_of(attempt.fault);
  Penalty penalty;
  penalty.fault = attempt.fault;
  penalty.since = attempt.ended;
  penalty.epoch = attempt.epoch;
  penalty.times = same ? former->times + (began_before ? 0 : 1) : 1;

  const unsigned doublings = std::min(penalty.times - 1, max_doublings);
  const double whole = static_cast<double>(std::min(row.first * (1U << doublings), row.max).count());
  const double jittered = whole * (1 - jitter / 2 + jitter * random);
  penalty.length = seconds(static_cast<long>(std::max(jittered, obeyed)));
  return penalty;
}

}  // namespace muster::beacon
