#include "agent/schedule/occurrence.h"

#include <algorithm>

namespace muster::schedule {
namespace {

using std::chrono::ceil;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::weekday;

constexpr seconds min_repeat{60};
constexpr days max_duration{31};
constexpr int days_in_week = 7;

bool decided_by_calendar(const Trigger& trigger) {
  if (trigger.every == 0) return false;
  if (trigger.kind == Trigger::Kind::weekly) return (trigger.weekdays & all_weekdays) != 0;
  return trigger.kind == Trigger::Kind::daily;
}

// Sunday 0 becomes 6.
int days_since_monday(Date day) { return static_cast<int>(weekday(day).iso_encoding()) - 1; }

Date monday_of(Date day) { return day - days(days_since_monday(day)); }

bool is_due_on(const Trigger& trigger, Date day) {
  if (day < trigger.first_day) return false;
  if (trigger.kind == Trigger::Kind::daily)
    return (day - trigger.first_day).count() % static_cast<std::int64_t>(trigger.every) == 0;

  const auto weeks = (monday_of(day) - monday_of(trigger.first_day)).count() / days_in_week;
  const bool on_this_weekday = ((trigger.weekdays >> days_since_monday(day)) & 1) != 0;
  return on_this_weekday && weeks % static_cast<std::int64_t>(trigger.every) == 0;
}

// Days between two starts, at most.
days max_gap(const Trigger& trigger) {
  const int unit = trigger.kind == Trigger::Kind::daily ? 1 : days_in_week;
  return days(static_cast<int>(std::min(trigger.every, 10'000U)) * unit + days_in_week);
}

std::optional<Date> start_day_from(const Trigger& trigger, Date day) {
  day = std::max(day, trigger.first_day);
  for (const Date last = day + max_gap(trigger); day <= last; day += days(1)) {
    if (is_due_on(trigger, day)) return day;
  }
  return std::nullopt;
}

std::optional<Date> start_day_until(const Trigger& trigger, Date day) {
  for (const Date last = std::max(trigger.first_day, day - max_gap(trigger)); day >= last; day -= days(1)) {
    if (is_due_on(trigger, day)) return day;
  }
  return std::nullopt;
}

// Repetitions of one start, which is the first of them.
struct Repeats {
  seconds period;
  seconds::rep count;
};

Repeats repeats_of(const Trigger& trigger) {
  const seconds duration = std::min<seconds>(trigger.duration, max_duration);
  if (trigger.repeat <= seconds(0) || duration <= seconds(0)) return {min_repeat, 1};
  const seconds period = std::max(trigger.repeat, min_repeat);
  return {period, (duration + period - seconds(1)) / period};
}

Moment start_on(const Trigger& trigger, Date day, const Zone& zone) {
  return to_moment(Local(day) + trigger.time_of_day, zone);
}

// The first day whose repetitions may still reach `moment`.
Date first_day_of_interest(const Repeats& repeats, Moment moment, const Zone& zone) {
  const Date day = floor<days>(to_local(moment, zone));
  return day - ceil<days>(repeats.period * repeats.count) - days(1);
}

}  // namespace

std::optional<Moment> occurrence_after(const Trigger& trigger, Moment moment, const Zone& zone) {
  if (!decided_by_calendar(trigger)) return std::nullopt;

  const Repeats repeats = repeats_of(trigger);
  std::optional<Moment> first;
  auto day = start_day_from(trigger, first_day_of_interest(repeats, moment, zone));
  while (day) {
    const Moment start = start_on(trigger, *day, zone);
    if (start > moment) return first ? std::min(*first, start) : start;

    const auto passed = (moment - start) / repeats.period + 1;  // repetitions until then
    if (passed < repeats.count) {
      const Moment next = start + passed * repeats.period;
      first = first ? std::min(*first, next) : next;
    }
    day = start_day_from(trigger, *day + days(1));
  }
  return first;
}

std::optional<Moment> occurrence_until(const Trigger& trigger, Moment moment, const Zone& zone) {
  if (!decided_by_calendar(trigger)) return std::nullopt;

  const Repeats repeats = repeats_of(trigger);
  const Date first_day = first_day_of_interest(repeats, moment, zone);
  std::optional<Moment> last;
  auto day = start_day_until(trigger, floor<days>(to_local(moment, zone)) + days(1));
  while (day) {
    const Moment start = start_on(trigger, *day, zone);
    if (start <= moment) {
      const auto passed = std::min<seconds::rep>((moment - start) / repeats.period, repeats.count - 1);
      const Moment occurred = start + passed * repeats.period;
      last = last ? std::max(*last, occurred) : occurred;

      const bool earlier_ones_are_over = repeats.count == 1 || *day < first_day;
      if (earlier_ones_are_over) break;
    }
    day = start_day_until(trigger, *day - days(1));
  }
  return last;
}

}  // namespace muster::schedule
