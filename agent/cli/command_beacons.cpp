#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "agent/beacon/survey.h"
#include "agent/cli/beacon_words.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"

namespace muster::cli {
namespace {

std::string shown(const std::optional<double>& number, const char* unit) {
  return number ? fmt::format("{:.1f} {}", *number, unit) : "-";
}

std::string shown_age(const std::optional<double>& seconds) {
  if (!seconds) return "-";
  if (*seconds < 120) return fmt::format("{:.0f} s", *seconds);
  if (*seconds < 7200) return fmt::format("{:.0f} min", *seconds / 60);
  return *seconds < 172'800 ? fmt::format("{:.0f} h", *seconds / 3600) : fmt::format("{:.0f} d", *seconds / 86'400);
}

// What was measured now: of each location its times, or in words what was wrong with it.
struct Measured {
  std::map<std::size_t, transfer::Timing> times;
  std::map<std::size_t, std::string> wrong;
};

// Those without a recent measurement, or with --fresh all.
Measured measure(service::Session& session, channel::Channel& channel, bool fresh) {
  beacon::Selector& selector = session.selector();
  const beacon::Locations& locations = session.locations();
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < locations.size(); ++i) {
    const beacon::Record& record = selector.record(i);
    const WallTime now = wall_now();
    const bool measured = record.connect.known(now) && (!locations[i].tls || record.tls.known(now));
    const bool known = measured || record.deferred(now) || record.avoided(now, selector.epoch());
    if (!locations[i].never && (fresh || !known)) wanted.push_back(i);
  }

  Measured measured;
  const WallTime began = wall_now();

  for (const beacon::Measurement& one :
       beacon::survey(*channel.loop, locations, wanted, session.settings().transfer_options)) {
    if (one.reachable()) {
      transfer::Timing timing;
      timing.connect = one.connect;
      timing.tls = one.tls;
      selector.connected(one.location, timing, one.outcome.address, wall_now());
      measured.times[one.location] = timing;
      continue;
    }

    measured.wrong[one.location] =
        delivery::describe(session.failure_context("measuring"), locations[one.location], one.outcome).problem;
    selector.failed(one.location, one.outcome, began, wall_now());
  }

  selector.keep(wall_now());
  return measured;
}

// All locations that may be used: those that would be tried, then those that are left alone by the end of that.
std::vector<beacon::Place> all_places(const service::Session& session, const beacon::Choice& choice) {
  std::vector<beacon::Place> places = choice.places;
  std::vector<std::size_t> avoided;
  for (std::size_t i = 0; i < session.locations().size(); ++i) {
    const bool placed =
        std::any_of(places.begin(), places.end(), [&](const auto& place) { return place.location == i; });
    const bool never = std::find(choice.never.begin(), choice.never.end(), i) != choice.never.end();
    if (!placed && !never) avoided.push_back(i);
  }

  const auto is_over_at = [&](std::size_t location) {
    const beacon::Record& record = session.selector().record(location);
    const WallTime asked = record.retry_after ? record.retry_after->until : WallTime{};
    return std::max(asked, record.penalty ? record.penalty->end() : asked);
  };

  std::stable_sort(avoided.begin(), avoided.end(),
                   [&](std::size_t a, std::size_t b) { return is_over_at(a) < is_over_at(b); });
  for (const std::size_t location : avoided) places.push_back({location, beacon::Reason::avoided, {}, {}, {}});
  return places;
}

BeaconRow row_of(const service::Session& session, const beacon::Place& place, const Measured& measured, WallTime now) {
  const beacon::Location& location = session.locations()[place.location];
  const beacon::Record& record = session.selector().record(place.location);

  BeaconRow row;
  row.id = location.id;
  row.url = location.origin_url();
  const auto ms = [&](const beacon::Average& average) {
    return average.known(now) ? std::optional(average.value() / 1000) : std::nullopt;
  };
  row.connect_ms = ms(record.connect);
  if (location.tls) row.tls_ms = ms(record.tls);

  // The average may still remember worse times, and goes on deciding.
  if (const auto now_measured = measured.times.find(place.location); now_measured != measured.times.end()) {
    const auto in_ms = [](microseconds time) { return static_cast<double>(time.count()) / 1000; };
    row.connect_ms = in_ms(now_measured->second.connect);
    if (location.tls) row.tls_ms = in_ms(now_measured->second.tls);
  }

  row.first_byte_ms = ms(record.answer);
  if (record.per_byte.known(now)) row.goodput_bps = 8e9 / std::max(record.per_byte.value(), 1e-3);
  if (!record.never_heard(now)) row.age_s = std::chrono::duration<double>(now - record.heard).count();

  const bool avoided = record.avoided(now, session.selector().epoch());
  if (avoided || place.reason == beacon::Reason::on_trial) {
    row.penalty = name_of(record.penalty->fault);
  } else if (record.deferred(now)) {
    row.penalty = "asked";
  }

  const auto wrong = measured.wrong.find(place.location);
  row.reason = wrong == measured.wrong.end() ? words(place, location, record, now) : wrong->second;
  return row;
}

std::string as_table(const std::vector<BeaconRow>& rows) {
  std::vector<std::vector<std::string>> cells{
      {"", "BEACON", "URL", "CONNECT", "TLS", "GOODPUT", "AGE", "PENALTY", "REASON"}};
  for (const BeaconRow& row : rows) {
    const auto mbps = row.goodput_bps ? std::optional(*row.goodput_bps / 1e6) : std::nullopt;
    cells.push_back({std::to_string(row.place), row.id, row.url, shown(row.connect_ms, "ms"), shown(row.tls_ms, "ms"),
                     shown(mbps, "Mbit/s"), shown_age(row.age_s), row.penalty.value_or("-"), row.reason});
  }
  return table(cells);
}

}  // namespace

Status beacons(const GlobalOptions& options, const BeaconsArguments& arguments) {
  auto session = open_session(options, arguments.direction);
  if (!session) return tl::unexpected(session.error());
  const auto channel = (*session)->channel();
  if (!channel) return tl::unexpected(channel.error());
  const Measured measured = measure(**session, **channel, arguments.fresh);
  const WallTime now = wall_now();
  const beacon::Choice choice = (*session)->selector().choose(0, {}, now);

  std::vector<BeaconRow> rows;
  for (const beacon::Place& place : all_places(**session, choice)) {
    rows.push_back(row_of(**session, place, measured, now));
    rows.back().place = rows.size();
  }

  for (const std::size_t location : choice.never) {
    BeaconRow row;
    row.id = (*session)->locations()[location].id;
    row.url = (*session)->locations()[location].origin_url();
    row.place = rows.size() + 1;
    row.penalty = "invalid";
    row.reason = (*session)->locations()[location].never ? "Priority=invalid: it is never used"
                                                         : "left out by SelectorAlgorithm: it is never used";
    rows.push_back(std::move(row));
  }
  return print(options.json ? json_of(rows) : as_table(rows));
}

}  // namespace muster::cli
