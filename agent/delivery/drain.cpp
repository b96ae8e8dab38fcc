#include "agent/delivery/drain.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/spool/quota.h"
#include "platform/base/chance.h"
#include "platform/log.h"

namespace muster::delivery {
namespace {

constexpr std::size_t removals_per_sync = 64;
constexpr milliseconds longest_unsynced{100};
constexpr milliseconds generation_interval{20};  // files are looked at this often at most
constexpr unsigned refusals_that_stop = 3;
constexpr unsigned transfers_without_delay = 8;
constexpr microseconds delay_per_transfer{500};
constexpr milliseconds delay_per_growth{10};
constexpr std::size_t most_told = 1000;

}  // namespace

Drain::Drain(spool::Spool& spool, Generations& generations, const beacon::Locations& locations,
             beacon::Selector& selector, const DrainRules& rules, DrainListener& listener)
    : spool_(spool),
      generations_(generations),
      locations_(locations),
      rules_(rules),
      listener_(listener),
      selector_(selector) {}

Drain::~Drain() {
  if (spool_.unsynced() > 0) static_cast<void>(spool_.sync());
}

void Drain::make_room() {
  if (rules_.quota == 0) return;
  counts_.sacrificed += spool::enforce_quota(spool_, rules_.quota, [this](const spool::Item& item) {
    log::warning(fmt::format("removed {} of {}, undelivered: the spool is larger than SpoolQuota ({} bytes)",
                             item.path.string(), iso8601(item.facts.modified), rules_.quota));
  });
}

void Drain::look(SteadyTime now) {
  if (active_.empty()) make_room();
  scan_.emplace(spool_.scan());
  stopped_by_.reset();
  refused_in_a_row_ = 0;
  retry_ = 0;
  go_on(now);
}

void Drain::add(spool::Entry entry, SteadyTime now) {
  if (first_.size() < most_told) {
    first_.push_back(std::move(entry));
  } else {
    scan_.emplace(spool_.scan());  // too many to remember: the scan finds them
  }
  go_on(now);
}

void Drain::rest() {
  look_.reset();
  look_generation_.reset();
  generation_.reset();
  generations_.rest();
}

bool Drain::idle() const {
  if (!active_.empty()) return false;
  return stopped_ || stopped_by_ || (!scan_ && first_.empty() && !resume_at_);
}

std::optional<spool::Entry> Drain::next_entry() {
  if (!first_.empty()) {
    spool::Entry entry = std::move(first_.front());
    first_.pop_front();
    return entry;
  }
  if (!scan_) return std::nullopt;
  auto entry = scan_->next();
  for (const Error& problem : scan_->take_problems()) {
    ++counts_.left;
    listener_.on_failed({}, problem, false);
  }
  if (!entry) scan_.reset();
  return entry;
}

// One until a beacon has answered, so that only the first transfer races, and again after a rest, as it may have died
// meanwhile; then one more with each delivery, and more than one where the way is long: a few files are not worth many
// handshakes.
unsigned Drain::window() const {
  if (!selector_.favourite()) return 1;
  const auto asked =
      transfers_without_delay + static_cast<unsigned>(selector_.round_trip(wall_now()) / delay_per_transfer);
  return std::min({asked, growth_, rules_.most_transfers});
}

void Drain::fill(SteadyTime now) {
  if (resume_at_ && now < *resume_at_) return;
  resume_at_.reset();
  while (!stopped_ && !stopped_by_ && !resume_at_ && active_.size() < window()) {
    auto entry = next_entry();
    if (!entry) return;
    start(std::move(*entry), now);
    settle_ended(now);  // where no beacon could even be asked
  }
}

Result<std::shared_ptr<Generation>> Drain::generation(SteadyTime now) {
  if (generation_ && now < generation_checked_ + generation_interval) return generation_;
  auto current = generations_.current(wall_now());
  if (!current) return current;
  generation_ = *current;
  generation_checked_ = now;
  selector_.use_generation(generation_->number);
  return generation_;
}

void Drain::start(spool::Entry entry, SteadyTime now) {
  using State = platform::Claim::State;
  spool::Claimed claimed = spool_.claim(entry);
  if (claimed.state == State::gone) return;
  if (claimed.state == State::busy) {
    const bool ours =
        std::any_of(active_.begin(), active_.end(), [&](const Active& active) { return active.item.entry == entry; });
    if (!ours) ++counts_.busy;
    return;
  }
  if (!claimed.item) return leave(entry, claimed.problem);
  auto generation = this->generation(now);
  if (!generation) {
    ++counts_.left;
    return give_up(generation.error());
  }
  Active active;
  active.item = std::move(*claimed.item);
  active.generation = *generation;
  active.started = now;
  UploadSource source{active.item.path, entry.name, entry.type, active.item.file, active.item.facts};
  auto upload = Upload::make(std::move(source), rules_.upload, active.generation->kept, *active.generation->loop,
                             locations_, rules_.terms, selector_);
  if (!upload) return leave(entry, upload.error());
  active.upload = std::move(*upload);
  active.upload->start(now);
  active_.push_back(std::move(active));
  look_around(now);
}

// Beside a transfer that is under way: what is known of the other beacons is refreshed.
void Drain::look_around(SteadyTime now) {
  if (look_ && look_->runs()) return;
  if (look_generation_ != generation_) {
    look_.reset();
    look_generation_ = generation_;
    look_.emplace(*generation_->loop, locations_, rules_.terms, selector_);
  }
  look_->consider(now);
}

void Drain::on_wakeup(SteadyTime now) {
  // More than one only while the transfers of a former generation end.
  std::vector<Generation*> generations;
  for (const Active& active : active_) {
    const auto known = std::find(generations.begin(), generations.end(), active.generation.get());
    if (known == generations.end()) generations.push_back(active.generation.get());
  }
  if (look_ && look_->runs() &&
      std::find(generations.begin(), generations.end(), look_generation_.get()) == generations.end()) {
    generations.push_back(look_generation_.get());
  }
  for (Generation* generation : generations) {
    while (auto event = generation->loop->next(now)) {
      if (look_ && generation == look_generation_.get() && look_->on_event(*event)) continue;
      for (Active& active : active_) {
        if (active.generation.get() != generation || !active.upload->owns(event->id)) continue;
        active.upload->on_event(*event, now);
        break;
      }
    }
  }
  go_on(now);
}

void Drain::on_time(SteadyTime now) {
  for (Active& active : active_) {
    const auto wakes = active.upload->wakes_at();
    if (wakes && *wakes <= now) active.upload->on_time(now);
  }
  go_on(now);
}

std::optional<SteadyTime> Drain::wakes_at() const {
  std::optional<SteadyTime> earliest = sync_at_;
  const auto take = [&](std::optional<SteadyTime> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  for (const Active& active : active_) take(active.upload->wakes_at());
  if (!stopped_ && !stopped_by_) take(resume_at_);
  return earliest;
}

void Drain::settle_ended(SteadyTime now) {
  for (std::size_t i = 0; i < active_.size();) {
    if (!active_[i].upload->settled()) {
      ++i;
      continue;
    }
    Active settled = std::move(active_[i]);
    if (i + 1 < active_.size()) active_[i] = std::move(active_.back());
    active_.pop_back();
    if (settled.upload->beacon() != nullptr) {
      delivered(settled, now);
    } else {
      failed(settled, now);
    }
  }
}

void Drain::go_on(SteadyTime now) {
  settle_ended(now);
  fill(now);
  if (idle()) growth_ = 1;
  const bool due = sync_at_ && now >= *sync_at_;
  if (spool_.unsynced() >= removals_per_sync || due || (active_.empty() && spool_.unsynced() > 0)) sync(now);
}

void Drain::delivered(const Active& active, SteadyTime now) {
  refused_in_a_row_ = 0;
  retry_ = 0;
  growth_ += 1 + static_cast<unsigned>(selector_.round_trip(wall_now()) / delay_per_growth);
  if (auto removed = spool_.remove(active.item); !removed) {
    // It is there, and it will be sent once more.
    leave(active.item.entry, removed.error());
    return;
  }
  if (!sync_at_) sync_at_ = now + longest_unsynced;
  ++counts_.delivered;
  counts_.bytes += active.upload->size();
  const std::chrono::duration<double> took = now - active.started;
  listener_.on_delivered(*active.upload, *active.upload->beacon(), took.count());
}

void Drain::failed(const Active& active, SteadyTime now) {
  Circumstances circumstances;
  circumstances.action = "upload of " + active.item.path.string();
  circumstances.identity = active.generation->identity.get();
  circumstances.trust = &rules_.trust;
  circumstances.network_timeout = rules_.terms.network_timeout;
  for (const Failure& failure : active.upload->failures()) {
    log::info(explain(circumstances, locations_[failure.location], failure.outcome).line());
  }
  const Error error = explain(circumstances, *active.upload);
  switch (active.upload->verdict()) {
    case Verdict::local: return leave(active.item.entry, error);
    case Verdict::again: return pause(active, error, now);
    case Verdict::blocked: ++counts_.left; return give_up(error);
    case Verdict::declined: leave(active.item.entry, error); break;
    case Verdict::set_aside: set_aside(active, error); break;
  }
  if (++refused_in_a_row_ < refusals_that_stop || stopped_by_) return;
  Error stop = error;
  stop.message =
      fmt::format("{} files in a row were refused, the rest is not tried: {}", refusals_that_stop, error.message);
  give_up(stop);
}

void Drain::set_aside(const Active& active, const Error& error) {
  if (auto moved = spool_.set_aside(active.item, error.line()); !moved) return leave(active.item.entry, moved.error());
  ++counts_.set_aside;
  listener_.on_failed(active.item.entry, error, true);
}

void Drain::leave(const spool::Entry& entry, const Error& error) {
  ++counts_.left;
  listener_.on_failed(entry, error, false);
}

void Drain::pause(const Active& active, const Error& error, SteadyTime now) {
  if (stopped_ || stopped_by_) {
    ++counts_.left;
    return;
  }
  first_.push_front(active.item.entry);
  if (resume_at_) return;  // another transfer has failed before: this one waits with it
  const auto wait = wait_before(rules_.retry, ++retry_, random_share());
  const seconds asked = active.upload->asked_wait(wall_now());
  if (!wait || asked > std::max(rules_.retry.longest, seconds(1))) return give_up(error);
  growth_ = 1;
  resume_at_ = now + wait_asked(*wait, asked, random_share());
  log::info(
      fmt::format("{}; trying again in {} s", error.message, std::chrono::ceil<seconds>(*resume_at_ - now).count()));
}

void Drain::give_up(const Error& error) {
  if (!stopped_by_) stopped_by_ = error;
  resume_at_.reset();
  scan_.reset();
  counts_.left += first_.size();
  first_.clear();
}

void Drain::sync(SteadyTime now) {
  sync_at_.reset();
  if (auto synced = spool_.sync(); !synced) {
    log::error(synced.error().line());
    sync_at_ = now + seconds(10);
  }
}

}  // namespace muster::delivery
