#include "agent/transfer/loop_thread.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace muster::transfer {
namespace {

constexpr int idle_wait_ms = 3'600'000;  // commands wake the thread: nothing else happens while it is idle
constexpr long most_kept_connections = 100;
constexpr std::size_t remembered_races = 256;  // a contender may be started after its race was decided

// The library's own process-wide state; before the first thread, once.
void initialise_library() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
}

// The name may lead elsewhere by now: where nothing answers any more, or something that is not the beacon.
bool may_have_moved(Cause cause) {
  switch (cause) {
    case Cause::name:
    case Cause::connect:
    case Cause::tls:
    case Cause::server_untrusted:
    case Cause::stalled:
    case Cause::broken:
    case Cause::bad_answer: return true;
    default: return false;
  }
}

}  // namespace

Loop::Thread::Thread(ssl::ClientContext context, std::function<void()> notify,
                     std::shared_ptr<SharedRateLimiter> limiter)
    : context_(std::move(context)), limiter_(std::move(limiter)), events_(std::move(notify)) {
  initialise_library();
  multi_ = curl_multi_init();
  // The library's own limit follows the number of running transfers, and closes what the next ones would use.
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most_kept_connections);

  share_ = curl_share_init();
  // One thread only: the sessions of this channel are shared among its exchanges without locks.
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);

  hooks_.context = &context_;
  hooks_.share = share_;
  hooks_.families = &known_.families;
  hooks_.sockets = &known_.sockets;
  hooks_.failed_names = &known_.failed_names;
  hooks_.may_pass = [this](Group group, ExchangeId id) { return pass(group, id); };

  hooks_.limiter = limiter_.get();
  hooks_.paused = [this](ExchangeId id, SharedRateLimiter::Way way) {
    const SteadyTime opens = limiter_->ready_at(way, steady_now());
    if (paused_.empty() || opens < resume_at_) resume_at_ = opens;
    paused_.push_back(id);
  };
  hooks_.post = [this](Event event) { events_.post(std::move(event)); };
}

Status Loop::Thread::start() {
  if (curl_multi_wakeup(multi_) != CURLM_OK) {
    return fail(ErrorKind::failure, "cannot wait for transfers: no file descriptor is left",
                "raise the limit of open files");
  }

  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& problem) {  // the standard library has no other way to say it
    return fail(ErrorKind::failure, std::string("cannot start a thread for transfers: ") + problem.what(),
                "raise the limit of threads");
  }
  return {};
}

Loop::Thread::~Thread() {
  commands_.stop();
  curl_multi_wakeup(multi_);
  if (thread_.joinable()) thread_.join();

  for (auto& [id, exchange] : exchanges_) curl_multi_remove_handle(multi_, exchange->easy());
  exchanges_.clear();
  curl_multi_cleanup(multi_);
  curl_share_cleanup(share_);
}

void Loop::Thread::command(Command command) {
  if (commands_.push(std::move(command))) curl_multi_wakeup(multi_);
}

void Loop::Thread::gather(bool on) {
  if (commands_.gather(on)) curl_multi_wakeup(multi_);
}

std::optional<Event> Loop::Thread::next(SteadyTime deadline) { return events_.next(deadline); }

void Loop::Thread::run() {
  while (take_commands()) {
    int running = 0;
    resume_paused();

    curl_multi_perform(multi_, &running);
    // Where an address has refused, libcurl turns to the name's next one when it is called again, and until then has
    // nothing to wait for but a time-out.
    if (any_connects()) curl_multi_perform(multi_, &running);
    collect_finished();
    drop_losers();
    events_.notify_owner();

    curl_multi_poll(multi_, nullptr, 0, wait_ms(), nullptr);
  }
}

bool Loop::Thread::any_connects() const {
  return std::any_of(exchanges_.begin(), exchanges_.end(), [](const auto& one) { return !one.second->passed(); });
}

void Loop::Thread::resume_paused() {
  if (paused_.empty() || steady_now() < resume_at_) return;
  const std::vector<ExchangeId> resumed = std::exchange(paused_, {});  // resuming may pause again
  for (const ExchangeId id : resumed) {
    const auto found = exchanges_.find(id);
    if (found != exchanges_.end()) curl_easy_pause(found->second->easy(), CURLPAUSE_CONT);
  }
}

int Loop::Thread::wait_ms() const {
  if (paused_.empty()) return idle_wait_ms;
  const std::int64_t left = std::chrono::ceil<milliseconds>(resume_at_ - steady_now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, idle_wait_ms));
}

bool Loop::Thread::take_commands() {
  std::deque<Command> taken;
  if (!commands_.take_all(taken)) return false;
  for (Command& command : taken) obey(std::move(command));
  return true;
}

void Loop::Thread::obey(Command command) {
  if (auto* request = std::get_if<Request>(&command.what)) {
    add(command.id, std::move(*request));
  } else if (auto* probe = std::get_if<Probe>(&command.what)) {
    add(command.id, std::move(*probe));
  } else {
    remove(command.id, Cause::cancelled);
  }
}

template <class T>
void Loop::Thread::add(ExchangeId id, T what) {
  auto exchange = std::make_unique<Exchange>(id, std::move(what), hooks_);
  if (winners_.contains(exchange->group())) {
    post_finished(id, exchange->stop(Cause::lost_race));
    return;
  }

  if (auto refused = exchange->refused_option()) {
    post_finished(id, std::move(*refused));
    return;
  }

  curl_multi_add_handle(multi_, exchange->easy());
  for (const auto& [other_id, other] : exchanges_) exchange->run_beside(*other);
  exchanges_.emplace(id, std::move(exchange));
}

void Loop::Thread::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;

    void* self = nullptr;
    const CURLcode code = message->data.result;  // the message is gone once the handle is removed
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
    auto* exchange = static_cast<Exchange*>(self);
    Outcome outcome = exchange->finish(code);

    curl_multi_remove_handle(multi_, exchange->easy());
    if (exchange->repeat_on_new_connection() || exchange->turn_to_other_family(outcome)) {
      curl_multi_add_handle(multi_, exchange->easy());
      continue;
    }

    if (may_have_moved(outcome.cause)) known_.failed_names.insert(exchange->resolved_name());
    const ExchangeId id = exchange->id();
    exchanges_.erase(id);
    post_finished(id, std::move(outcome));
  }
}

void Loop::Thread::drop_losers() {
  for (const Group group : decided_) {
    std::vector<ExchangeId> losers;
    for (const auto& [id, exchange] : exchanges_) {
      if (exchange->group() == group && id != winners_[group]) losers.push_back(id);
    }
    for (const ExchangeId id : losers) remove(id, Cause::lost_race);
  }
  decided_.clear();
}

void Loop::Thread::remove(ExchangeId id, Cause cause) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  Outcome outcome = found->second->stop(cause);
  curl_multi_remove_handle(multi_, found->second->easy());
  exchanges_.erase(found);
  post_finished(id, std::move(outcome));
}

bool Loop::Thread::pass(Group group, ExchangeId id) {
  const auto [winner, first] = winners_.emplace(group, id);
  if (first) {
    decided_.push_back(group);
    if (winners_.size() > remembered_races) winners_.erase(winners_.begin());
  }
  return winner->second == id;
}

void Loop::Thread::post_finished(ExchangeId id, Outcome outcome) {
  Event event;
  event.id = id;
  event.kind = Event::Kind::finished;
  event.outcome = std::move(outcome);
  events_.post(std::move(event));
}

}  // namespace muster::transfer
