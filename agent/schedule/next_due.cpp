#include "agent/schedule/next_due.h"

#include <algorithm>
#include <cstdint>

#include "agent/schedule/occurrence.h"

namespace muster::schedule {
namespace {

using std::chrono::days;
using std::chrono::duration_cast;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr days wrong_clock{1};
constexpr minutes catch_up_spread{15};

seconds part_of(seconds whole, double share) {
  return duration_cast<seconds>(std::chrono::duration<double>(whole) * share);
}

// Of occurrences that an event outside the calendar makes: at `since`, once.
std::optional<Due> due_by_signal(const Trigger& trigger, std::optional<Moment> since, std::optional<Moment> last,
                                 double share) {
  if (!since) return std::nullopt;
  const bool done = last && *last >= *since;
  const bool too_soon = last && *since - *last < trigger.min_gap;
  if (done || too_soon) return std::nullopt;
  return Due{*since + part_of(trigger.window, share), *since};
}

class ByCalendar {
 public:
  ByCalendar(const Trigger& trigger, const DeviceState& state) : trigger_(trigger), state_(state) {}

  std::optional<Due> next(bool catch_up, Moment now, std::optional<Moment> last) const {
    if (const auto occurred = occurrence_until(trigger_, now, state_.zone); occurred && (!last || *occurred > *last)) {
      if (const auto due = due_for_past(*occurred, catch_up)) return due;
    }
    const auto next = occurrence_after(trigger_, last ? std::max(now, *last) : now, state_.zone);
    if (!next) return std::nullopt;
    return Due{moment_for(*next), *next};
  }

 private:
  // Windows never overlap: the next occurrence ends this one's.
  Moment window_end(Moment occurrence) const {
    const Moment end = occurrence + trigger_.window;
    const auto next = occurrence_after(trigger_, occurrence, state_.zone);
    return next ? std::min(end, *next) : end;
  }

  Moment moment_for(Moment occurrence) const {
    return occurrence + part_of(window_end(occurrence) - occurrence, state_.share);
  }

  std::optional<Due> due_for_past(Moment occurrence, bool catch_up) const {
    const Moment regular = moment_for(occurrence);
    const Moment awake = state_.awake_since;
    if (regular >= awake) return Due{regular, occurrence};

    // Missed. Devices that wake up at the same time are spread as well.
    const Moment end = window_end(occurrence);
    if (awake < end) {
      return Due{awake + part_of(std::min<seconds>(end - awake, catch_up_spread), state_.share), occurrence};
    }
    const bool too_late = trigger_.max_delay > seconds(0) && awake > occurrence + trigger_.max_delay;
    if (!catch_up || too_late) return std::nullopt;

    const Moment late = awake + part_of(catch_up_spread, state_.share);
    const auto next = occurrence_after(trigger_, occurrence, state_.zone);
    const bool overtaken = next && *next <= late;
    return overtaken ? std::nullopt : std::optional(Due{late, occurrence});
  }

  const Trigger& trigger_;
  const DeviceState& state_;
};

}  // namespace

std::optional<Due> next_due(const Trigger& trigger, bool catch_up, Moment now, std::optional<Moment> last,
                            const DeviceState& state) {
  if (last && *last > now + wrong_clock) last.reset();

  switch (trigger.kind) {
    case Trigger::Kind::once: return due_by_signal(trigger, state.in_force_since, last, state.share);
    case Trigger::Kind::logon: return due_by_signal(trigger, state.last_logon, last, state.share);
    case Trigger::Kind::network_up: return due_by_signal(trigger, state.last_network_up, last, state.share);
    case Trigger::Kind::daily:
    case Trigger::Kind::weekly: return ByCalendar(trigger, state).next(catch_up, now, last);
  }
  return std::nullopt;
}

double spread_share(std::string_view device, std::string_view event) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&](std::string_view text) {
    for (const char character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  };
  add(device);
  add(std::string_view("\0", 1));
  add(event);

  // What differs in the last letter alone shall differ in all bits: the finalizer of splitmix64.
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  hash ^= hash >> 31;
  return static_cast<double>(hash >> 11) / static_cast<double>(std::uint64_t{1} << 53);
}

}  // namespace muster::schedule
