#include "agent/delivery/retry_policy.h"

#include <algorithm>
#include <array>

namespace muster::delivery {
namespace {

using transfer::Cause;

constexpr milliseconds shortest_wait{1000};

Verdict verdict_of_status(int status) {
  switch (status) {
    case 400:
    case 411:
    case 413:
    case 414:
    case 415:
    case 422: return Verdict::set_aside;
    case 408:
    case 429: return Verdict::again;
    default: return status >= 500 ? Verdict::again : Verdict::declined;
  }
}

}  // namespace

Verdict verdict_of(const transfer::Outcome& outcome) {
  switch (outcome.cause) {
    case Cause::answered: return verdict_of_status(outcome.reply.status);
    case Cause::identity_refused:
    case Cause::server_untrusted: return Verdict::blocked;
    case Cause::not_kept:
    case Cause::early_answer:
    case Cause::unproven_refusal:
    case Cause::bad_answer:
    case Cause::too_large: return Verdict::declined;
    case Cause::local_read:
    case Cause::local_write: return Verdict::local;
    case Cause::name:
    case Cause::connect:
    case Cause::tls:
    case Cause::stalled:
    case Cause::broken:
    case Cause::proxy:
    case Cause::lost_race:
    case Cause::cancelled:
    case Cause::internal: break;
  }
  return Verdict::again;
}

Verdict verdict_of(const std::vector<Failure>& failures) {
  static constexpr std::array order{Verdict::local, Verdict::again, Verdict::blocked, Verdict::declined};
  for (const Verdict verdict : order) {
    const bool occurred = std::any_of(failures.begin(), failures.end(),
                                      [&](const Failure& failure) { return verdict_of(failure.outcome) == verdict; });
    if (occurred) return verdict;
  }
  return failures.empty() ? Verdict::declined : Verdict::set_aside;
}

bool beacons_are_out_of_use(const std::vector<Failure>& failures) {
  return std::all_of(failures.begin(), failures.end(), [](const Failure& failure) {
    const int status = failure.outcome.reply.status;
    if (failure.outcome.cause == Cause::answered) return status == 429 || status == 503;
    const Verdict verdict = verdict_of(failure.outcome);
    return verdict == Verdict::again || verdict == Verdict::blocked;
  });
}

std::optional<milliseconds> wait_before(const RetrySettings& settings, unsigned retry, milliseconds elapsed,
                                        double random) {
  if (retry == 0 || retry > settings.retries) return std::nullopt;
  const auto since_first = [&](unsigned number) {
    return std::min<seconds>(settings.increment * number * (number + 1) / 2, settings.longest);
  };
  const milliseconds left = settings.longest - elapsed;
  if (since_first(retry - 1) >= settings.longest || left < shortest_wait) return std::nullopt;
  const milliseconds documented = since_first(retry) - since_first(retry - 1);
  const milliseconds upper = std::min(std::max(documented, 2 * shortest_wait), left);
  return shortest_wait + milliseconds(static_cast<long>(random * static_cast<double>((upper - shortest_wait).count())));
}

milliseconds wait_asked(milliseconds wait, seconds asked, double random) {
  const milliseconds whole(asked);
  return std::max(wait, whole + milliseconds(static_cast<long>(random * static_cast<double>(whole.count()) / 4)));
}

}  // namespace muster::delivery
