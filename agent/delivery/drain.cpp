#include "agent/delivery/drain.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/base/chance.h"
#include "platform/base/text.h"
#include "platform/log.h"
#include "platform/network.h"

namespace muster::delivery {
namespace {

constexpr std::size_t removals_per_sync = 64;
constexpr milliseconds longest_unsynced{100};
constexpr milliseconds generation_interval{20};  // files are looked at this often at most
constexpr unsigned failures_that_stop = 3;
constexpr unsigned transfers_without_delay = 16;
constexpr microseconds delay_per_transfer{500};
constexpr milliseconds delay_per_growth{10};
constexpr std::size_t most_told = 1000;
constexpr std::uint64_t largest_gathered = 1 << 20;

Error refused(Error error) {
  error.message =
      fmt::format("{} files in a row were refused, the rest is not tried: {}", failures_that_stop, error.message);
  return error;
}

}  // namespace

Drain::Drain(spool::Spool& spool, GenerationSource& generations, const beacon::Locations& locations,
             beacon::Selector& selector, const DrainRules& rules, DrainListener& listener)
    : spool_(spool),
      generations_(generations),
      locations_(locations),
      rules_(rules),
      listener_(listener),
      selector_(selector),
      postponed_(rules.state) {}

Drain::~Drain() {
  if (spool_.unsynced() > 0) static_cast<void>(spool_.sync());
}

// Connections of a network that was left lead nowhere.
void Drain::refresh() {
  if (!active_.empty()) return;
  const std::string network = platform::network_name();
  if (network != selector_.network()) rest();
  selector_.refresh(network, wall_now());
}

void Drain::look(SteadyTime now) {
  refresh();
  scan_.emplace(spool_.scan());
  postponed_.begin_pass();
  later_.clear();
  again_.clear();
  stopped_by_.reset();
  failed_in_a_row_ = 0;
  retry_ = 0;
  first_failure_.reset();
  go_on(now);
}

void Drain::add(spool::Entry entry, SteadyTime now) {
  if (!stopped_by_) refresh();  // otherwise nothing starts before resume()
  if (first_.size() < most_told) {
    first_.push_back(std::move(entry));
  } else {
    scan_.emplace(spool_.scan());  // too many to remember: the scan finds them
  }
  go_on(now);
}

void Drain::resume(SteadyTime now) {
  refresh();
  stopped_by_.reset();
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
  return stopped_ || stopped_by_ || (!scan_ && first_.empty() && later_.empty() && again_.empty() && !resume_at_);
}

std::optional<spool::Entry> Drain::next_scanned() {
  while (scan_) {
    auto entry = scan_->next();
    for (const Error& problem : scan_->take_problems()) {
      ++counts_.left;
      listener_.on_failed({}, problem, false);
    }
    if (!entry) {
      scan_.reset();
      postponed_.end_pass();
    } else if (postponed_.contains(*entry)) {
      later_.push_back(std::move(*entry));
    } else {
      return entry;
    }
  }
  return std::nullopt;
}

std::optional<Drain::Again> Drain::next_file(SteadyTime now) {
  const auto take = [](std::deque<spool::Entry>& entries) {
    Again file;
    file.entry = std::move(entries.front());
    entries.pop_front();
    return file;
  };
  if (!first_.empty()) {
    Again told = take(first_);
    told.writer = spool::Writer::has_closed;
    return told;
  }
  if (auto entry = next_scanned()) {
    Again file;
    file.entry = std::move(*entry);
    return file;
  }
  if (!later_.empty()) return take(later_);
  const auto due = std::find_if(again_.begin(), again_.end(), [&](const Again& file) { return file.due <= now; });
  if (due == again_.end()) return std::nullopt;
  Again file = std::move(*due);
  again_.erase(due);
  return file;
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
  const std::shared_ptr<Generation> generation = generation_;  // outlives the burst
  std::optional<transfer::Burst> burst;
  if (generation) burst.emplace(*generation->loop);
  while (!stopped_ && !stopped_by_ && !resume_at_ && active_.size() < window()) {
    auto file = next_file(now);
    if (!file) return;
    start(std::move(*file), burst, now);
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

void Drain::start(Again file, std::optional<transfer::Burst>& burst, SteadyTime now) {
  using State = platform::Claim::State;
  spool::Claimed claimed = spool_.claim(file.entry, file.writer);
  if (claimed.state == State::gone) return postponed_.remove(file.entry);
  if (claimed.state == State::busy) {
    const auto ours = std::find_if(active_.begin(), active_.end(),
                                   [&](const Active& active) { return active.item.entry == file.entry; });
    if (ours == active_.end()) {
      ++counts_.busy;
      log::info(fmt::format("{}/{} is left alone: another process sends it, or writes it", file.entry.type,
                            text::printable(file.entry.name)));
    } else {
      ours->told_again = true;
    }
    return;
  }
  if (!claimed.item) return leave(file.entry, claimed.problem);
  auto generation = this->generation(now);
  if (!generation) {
    ++counts_.left;
    return give_up(generation.error());
  }
  if (claimed.item->facts.size > largest_gathered) burst.reset();  // nobody waits while it is read for its digest
  Active active;
  active.item = std::move(*claimed.item);
  active.generation = *generation;
  active.started = now;
  UploadSource source{active.item.path, file.entry.name, file.entry.type, active.item.file, active.item.facts};
  auto upload = Upload::make(std::move(source), rules_.upload, active.generation->habits, *active.generation->loop,
                             locations_, rules_.terms, selector_);
  if (!upload) return leave(file.entry, upload.error());
  active.upload = std::move(*upload);
  active.file = std::move(file);
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
  if (stopped_ || stopped_by_) return earliest;
  take(resume_at_);
  const bool only_again = first_.empty() && !scan_ && later_.empty() && !resume_at_ && active_.size() < window();
  for (const Again& file : again_) {
    if (only_again) take(file.due);
  }
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
  failed_in_a_row_ = 0;
  retry_ = 0;
  first_failure_.reset();
  postponed_.remove(active.item.entry);
  growth_ += 1 + static_cast<unsigned>(selector_.round_trip(wall_now()) / delay_per_growth);
  auto removed = spool_.remove(active.item);
  // It is there, and what the name leads to now is sent as well.
  if (active.told_again) first_.push_back(active.item.entry);
  if (!removed && !active.told_again) return leave(active.item.entry, removed.error());
  if (!removed) return log::info(removed.error().line());
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
  const std::vector<Failure>& failures = active.upload->failures();
  for (const Failure& failure : failures) {
    log::info(explain(circumstances, locations_[failure.location], failure.outcome).line());
  }
  const Error error = explain(circumstances, *active.upload);
  switch (active.upload->verdict()) {
    case Verdict::local: return unreadable(active, error);
    case Verdict::again: return try_later(active, error, now);
    case Verdict::set_aside: set_aside(active, error); break;
    case Verdict::declined: decline(active, error); break;
    case Verdict::blocked:
      if (beacons_are_out_of_use(failures)) {
        ++counts_.left;
        return give_up(error);
      }
      decline(active, error);
      break;
  }
  if (++failed_in_a_row_ >= failures_that_stop) give_up(refused(error));
}

void Drain::unreadable(const Active& active, const Error& error) {
  if (!active.told_again) return leave(active.item.entry, error);
  log::info(error.line());
  first_.push_back(active.item.entry);
}

void Drain::set_aside(const Active& active, const Error& error) {
  if (auto moved = spool_.set_aside(active.item, error.line()); !moved) return leave(active.item.entry, moved.error());
  postponed_.remove(active.item.entry);
  ++counts_.set_aside;
  listener_.on_failed(active.item.entry, error, true);
}

void Drain::decline(const Active& active, const Error& error) {
  postponed_.add(active.item.entry);
  leave(active.item.entry, error);
}

void Drain::leave(const spool::Entry& entry, const Error& error) {
  ++counts_.left;
  listener_.on_failed(entry, error, false);
}

// After all others; and those wait as well where they would fare no better.
void Drain::try_later(const Active& active, const Error& error, SteadyTime now) {
  postponed_.add(active.item.entry);
  if (stopped_ || stopped_by_) {
    ++counts_.left;
    return;
  }
  Again file = active.file;
  file.due = now;
  if (beacons_are_out_of_use(active.upload->failures())) {
    again_.push_back(std::move(file));
    return pause(*active.upload, error, now);
  }
  if (file.tries == 0) file.first_failure = now;
  const auto wait = wait_after(file.first_failure, ++file.tries, *active.upload, now);
  if (wait && again_.size() < most_told) {
    file.due += *wait;
    again_.push_back(std::move(file));
  } else {
    leave(active.item.entry, error);
  }
  if (++failed_in_a_row_ >= failures_that_stop) pause(*active.upload, refused(error), now);
}

// What the preferences allow, and the beacons ask for.
std::optional<milliseconds> Drain::wait_after(SteadyTime first_failure, unsigned tries, const Upload& upload,
                                              SteadyTime now) const {
  const auto elapsed = std::chrono::floor<milliseconds>(now - first_failure);
  const auto wait = wait_before(rules_.retry, tries, elapsed, random_share());
  const seconds asked = upload.asked_wait(wall_now());
  if (!wait || elapsed + asked > rules_.retry.longest) return std::nullopt;
  return wait_asked(*wait, asked, random_share());
}

void Drain::pause(const Upload& upload, const Error& error, SteadyTime now) {
  if (resume_at_) return;  // another transfer has failed before: this one waits with it
  if (!first_failure_) first_failure_ = now;
  const auto wait = wait_after(*first_failure_, ++retry_, upload, now);
  if (!wait) return give_up(error);
  growth_ = 1;
  resume_at_ = now + *wait;
  log::info(fmt::format("{}; trying again in {} s", error.message, std::chrono::ceil<seconds>(*wait).count()));
}

void Drain::give_up(const Error& error) {
  if (!stopped_by_) stopped_by_ = error;
  resume_at_.reset();
  scan_.reset();
  counts_.left += first_.size() + later_.size() + again_.size();
  first_.clear();
  later_.clear();
  again_.clear();
}

void Drain::sync(SteadyTime now) {
  sync_at_.reset();
  if (auto synced = spool_.sync(); !synced) {
    log::error(synced.error().line());
    sync_at_ = now + seconds(10);
  }
}

}  // namespace muster::delivery
