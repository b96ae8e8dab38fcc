#include "agent/cli/beacon_words.h"

#include <fmt/core.h>

namespace muster::cli {
namespace {

using beacon::Reason;

std::string first_byte(const beacon::Place& place) {
  if (!place.expected_us) return "not measured yet";
  return fmt::format("first byte after {:.1f} ms", *place.expected_us / 1000);
}

std::string fault(const beacon::Record& record) {
  return record.penalty ? std::string(words(record.penalty->fault)) : "it failed";
}

std::string fixed_place(const beacon::Location& location) {
  if (!location.priority) return "AutoPriority=False without a Priority";
  return fmt::format("Priority={}", *location.priority);
}

std::string seconds_until(WallTime end, WallTime now) {
  return fmt::format("{} s", std::max(std::chrono::ceil<seconds>(end - now), seconds(0)).count());
}

}  // namespace

std::string words(const beacon::Place& place, const beacon::Location& location, const beacon::Record& record,
                  WallTime now) {
  if (record.deferred(now)) {
    return fmt::format("it answered HTTP {} and asked clients to wait (Retry-After): not used for {}",
                       record.retry_after->status, seconds_until(record.retry_after->until, now));
  }

  switch (place.reason) {
    case Reason::fixed: return fixed_place(location) + ", " + first_byte(place);
    case Reason::kept_to: return first_byte(place) + ", one of the fastest and the one that this device keeps to";
    case Reason::in_band: return first_byte(place) + ", as fast as the first; this device keeps to another one";
    case Reason::measured: return first_byte(place);
    case Reason::estimated: return first_byte(place) + " by its round trip; the next transfer may measure it";
    case Reason::unmeasured: return first_byte(place);
    case Reason::matched: return "in the order of SelectorAlgorithm, " + first_byte(place);
    case Reason::on_trial: return fault(record) + "; last until a probe beside a transfer finds it well";
    case Reason::avoided: break;
  }
  if (!record.penalty) return fault(record);
  return fmt::format("{}; not used for {} while another one works", fault(record),
                     seconds_until(record.penalty->end(), now));
}

}  // namespace muster::cli
