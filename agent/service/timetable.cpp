#include "agent/service/timetable.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/policy/schedule_judgement.h"
#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/local_time.h"
#include "platform/log.h"
#include "platform/network.h"

namespace muster::service {
namespace {

using schedule::Moment;
using std::chrono::floor;

constexpr std::uint64_t max_record = 1 << 20;
constexpr std::string_view no_network = "-";
constexpr unsigned readable_for_group = 0640;
constexpr std::chrono::minutes settling{2};  // after a start and a sleep: the device has other things to do first
constexpr seconds slept{60};                 // the alarm came so late: the device was not at work at its time

Moment now_in_seconds() { return floor<seconds>(wall_now()); }

std::string key_of(const schedule::Event& event, std::size_t trigger) {
  return fmt::format("{}/{}", text::encode_segment(event.id), trigger);
}

// When an action was last done by a trigger 'once', of any event.
std::string once_key(const schedule::Event& event) { return fmt::format("*/{}", static_cast<int>(event.action)); }

// Lines "EVENT/TRIGGER SECONDS"; what cannot be read counts as not done.
std::map<std::string, Moment> read_record(const std::filesystem::path& file) {
  std::map<std::string, Moment> record;
  const auto content = platform::read_file(file, max_record);
  if (!content) return record;
  for (const std::string& line : text::split(*content, '\n')) {
    const auto words = text::split(line, ' ');
    const auto time = words.size() == 2 ? text::to_number(words[1]) : std::nullopt;
    if (time) record[words[0]] = Moment(seconds(static_cast<seconds::rep>(*time)));
  }
  return record;
}

}  // namespace

Timetable::Timetable(std::filesystem::path file, Perform perform, platform::WallAlarm alarm)
    : file_(std::move(file)),
      perform_(std::move(perform)),
      alarm_(std::move(alarm)),
      record_(read_record(file_)),
      awake_since_(now_in_seconds() + settling) {
  network_changed();
}

Result<std::unique_ptr<Timetable>> Timetable::open(std::filesystem::path record, Perform perform) {
  auto alarm = platform::WallAlarm::make();
  if (!alarm) return tl::unexpected(alarm.error());
  return std::unique_ptr<Timetable>(new Timetable(std::move(record), std::move(perform), std::move(*alarm)));
}

void Timetable::use(schedule::Schedule schedule, std::string device, WallTime in_force_since) {
  forget_others(schedule);
  schedule_ = std::move(schedule);
  device_ = std::move(device);
  in_force_since_ = floor<seconds>(in_force_since);
  plan();
}

void Timetable::on_wakeup(SteadyTime) {
  const auto ring = alarm_.take();
  if (ring == platform::WallAlarm::Ring::none) return;

  const Moment now = now_in_seconds();
  const bool late = planned_ && now > *planned_ + slept;
  if (late || ring == platform::WallAlarm::Ring::clock_was_set) awake_since_ = now + settling;
  do_due();
  plan();
}

void Timetable::network_changed() {
  std::string name = platform::network_name();
  if (name == network_) return;
  network_ = std::move(name);
  if (network_ == no_network) return;
  network_up_since_ = now_in_seconds();
  plan();
}

void Timetable::stop() {
  schedule_.clear();
  plan();
}

schedule::DeviceState Timetable::state_for(const schedule::Event& event) const {
  schedule::DeviceState state;
  state.zone = [](Moment moment) { return platform::utc_offset(moment); };
  state.share = schedule::spread_share(device_, event.id);
  state.awake_since = awake_since_;
  state.in_force_since = in_force_since_;
  state.last_network_up = network_up_since_;
  return state;
}

std::optional<Moment> Timetable::last_of(const std::string& key) const {
  const auto found = record_.find(key);
  return found == record_.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, WallTime> Timetable::last_done() const {
  std::map<std::string, WallTime> done;
  for (const schedule::Event& event : schedule_) {
    for (std::size_t index = 0; index < event.triggers.size(); ++index) {
      const auto last = last_of(key_of(event, index));
      if (last) done[event.name] = std::max(done[event.name], WallTime(*last));
    }
  }
  return done;
}

// Each new policy brings its 'once' again: a beacon that serves another one each time shall not keep the device busy.
std::optional<schedule::Due> Timetable::due_of(const schedule::Event& event, std::size_t trigger,
                                               const schedule::DeviceState& state, Moment now) const {
  auto due = next_due(event.triggers[trigger], event.catch_up, now, last_of(key_of(event, trigger)), state);
  if (!due || event.triggers[trigger].kind != schedule::Trigger::Kind::once) return due;
  const auto last = last_of(once_key(event));
  if (!last || *last > now) return due;
  if (*last >= due->occurrence) return std::nullopt;  // another event has done it since
  due->at = std::max(due->at, *last + policy::shortest_gap);
  return due;
}

// What the schedule in force and the next one have is remembered, and nothing of earlier ones.
void Timetable::forget_others(const schedule::Schedule& next) {
  std::set<std::string> known;
  for (const schedule::Schedule* const schedule : {&std::as_const(schedule_), &next}) {
    for (const schedule::Event& event : *schedule) {
      known.insert(once_key(event));
      for (std::size_t index = 0; index < event.triggers.size(); ++index) known.insert(key_of(event, index));
    }
  }
  std::erase_if(record_, [&](const auto& entry) { return !known.contains(entry.first); });
}

// What is due is recorded before it is done: rather not at all than twice.
std::vector<const schedule::Event*> Timetable::take_due(Moment now) {
  std::vector<const schedule::Event*> events;
  for (const schedule::Event& event : schedule_) {
    const schedule::DeviceState state = state_for(event);
    bool is_due = false;

    for (std::size_t index = 0; index < event.triggers.size(); ++index) {
      const auto due = due_of(event, index, state, now);
      if (!due || due->at > now) continue;
      record_[key_of(event, index)] = due->occurrence;
      if (event.triggers[index].kind == schedule::Trigger::Kind::once) record_[once_key(event)] = now;
      is_due = true;
    }

    if (is_due) events.push_back(&event);
  }
  return events;
}

void Timetable::do_due() {
  platform::reload_time_zone();
  const auto events = take_due(now_in_seconds());
  if (events.empty()) return;

  save();
  for (const schedule::Event* const event : events) {
    log::info(fmt::format("due by the schedule: {}", event->name));
    perform_(*event);
  }
}

void Timetable::plan() {
  const Moment now = now_in_seconds();
  planned_.reset();
  for (const schedule::Event& event : schedule_) {
    const schedule::DeviceState state = state_for(event);
    for (std::size_t index = 0; index < event.triggers.size(); ++index) {
      const auto due = due_of(event, index, state, now);
      if (due && (!planned_ || due->at < *planned_)) planned_ = due->at;
    }
  }
  alarm_.set(planned_ ? std::optional<WallTime>(*planned_) : std::nullopt);
}

void Timetable::save() {
  std::string content;
  for (const auto& [key, occurrence] : record_) {
    content += fmt::format("{} {}\n", key, occurrence.time_since_epoch().count());
  }
  const auto written = platform::write_file_unsynced(file_, content, readable_for_group);
  std::string problem = written ? "" : written.error().line();
  if (!problem.empty() && problem != save_problem_) log::warning("what the schedule has done is not kept: " + problem);
  save_problem_ = std::move(problem);
}

}  // namespace muster::service
