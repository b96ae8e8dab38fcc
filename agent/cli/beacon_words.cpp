#include "agent/cli/beacon_words.h"

#include <fmt/core.h>

namespace muster::cli {
namespace {

std::string answers_in(const beacon::Place& place) {
  return place.expected_us ? fmt::format("first byte after {:.1f} ms", *place.expected_us / 1000)
                           : std::string("not measured yet");
}

std::string fault(const beacon::Record& record) {
  return record.penalty ? std::string(words(record.penalty->fault)) : "it failed";
}

}  // namespace

std::string words(const beacon::Place& place, const beacon::Location& location, const beacon::Record& record,
                  WallTime now) {
  using beacon::Reason;
  if (record.held(now)) {
    const auto left = std::chrono::ceil<seconds>(record.hold->until - now);
    return fmt::format("it answered HTTP {}; it asked to be left alone for {} s more", record.hold->status,
                       left.count());
  }
  switch (place.reason) {
    case Reason::fixed:
      return location.priority ? fmt::format("Priority={}, {}", *location.priority, answers_in(place))
                               : "AutoPriority=False without a Priority, " + answers_in(place);
    case Reason::kept_to: return answers_in(place) + ", among the best and the one that this device keeps to";
    case Reason::in_band: return answers_in(place) + ", among the best";
    case Reason::measured: return answers_in(place);
    case Reason::unmeasured: return answers_in(place);
    case Reason::matched: return "as SelectorAlgorithm orders it, " + answers_in(place);
    case Reason::on_trial: return fault(record) + "; whether it is back is found out in the background";
    case Reason::avoided: break;
  }
  if (!record.penalty) return fault(record);
  const auto left = std::chrono::ceil<seconds>(record.penalty->end() - now);
  return fmt::format("{}; avoided for {} s", fault(record), std::max(left, seconds(0)).count());
}

}  // namespace muster::cli
