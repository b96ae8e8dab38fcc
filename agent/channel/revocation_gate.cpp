#include "agent/channel/revocation_gate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "platform/log.h"

namespace muster::channel {
namespace {

using transfer::Cause;
using transfer::Event;
using transfer::ExchangeId;

// Of each certificate three CRLs, three delta CRLs and three OCSP answers may be wanted one after the other; those of
// one chain are fetched side by side.
constexpr unsigned max_attempts = 10;

std::string key_of(const ssl::WantedEvidence& wanted) { return wanted.url + '\0' + wanted.request; }

// All but the socket: the one that was connected has been used up.
transfer::Request copy_of(const transfer::Request& request) {
  transfer::Request copy;
  copy.method = request.method;
  copy.endpoint = request.endpoint;
  copy.path = request.path;
  copy.headers = request.headers;
  copy.body = request.body;
  copy.sink = request.sink;
  copy.limits = request.limits;
  copy.options = request.options;
  copy.progress = request.progress;
  copy.group = request.group;
  return copy;
}

bool waits_for_evidence(const Event& event) {
  return event.kind == Event::Kind::finished && event.outcome.cause == Cause::server_untrusted &&
         !event.outcome.handshake.wanted.empty();
}

}  // namespace

RevocationGate::RevocationGate(std::unique_ptr<transfer::Loop> loop, std::shared_ptr<ssl::Evidence> evidence,
                               FetchRules rules, std::function<void()> notify)
    : loop_(std::move(loop)), evidence_(std::move(evidence)), rules_(std::move(rules)), notify_(std::move(notify)) {}

ExchangeId RevocationGate::start(transfer::Request request) {
  if (!evidence_ || !request.endpoint.tls) return loop_->start(std::move(request));
  auto kept = std::make_shared<const transfer::Request>(copy_of(request));
  const ExchangeId id = loop_->start(std::move(request));
  return follow(id, kept->endpoint.proxy, [this, kept] { return loop_->start(copy_of(*kept)); });
}

ExchangeId RevocationGate::start(transfer::Probe probe) {
  if (!evidence_ || probe.depth != transfer::Probe::Depth::tls) return loop_->start(std::move(probe));
  return follow(loop_->start(probe), probe.endpoint.proxy, [this, probe] { return loop_->start(probe); });
}

ExchangeId RevocationGate::follow(ExchangeId id, std::string proxy, std::function<ExchangeId()> start_again) {
  Exchange exchange;
  exchange.proxy = std::move(proxy);
  exchange.start_again = std::move(start_again);
  exchange.now = id;
  exchanges_.emplace(id, std::move(exchange));
  return id;
}

void RevocationGate::cancel(ExchangeId id) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return loop_->cancel(id);
  if (found->second.now != 0) return loop_->cancel(found->second.now);
  Event event;
  event.id = id;
  event.outcome = std::move(found->second.outcome);
  event.outcome.cause = Cause::cancelled;
  exchanges_.erase(found);
  ready_.push_back(std::move(event));
  if (notify_) notify_();
}

std::optional<Event> RevocationGate::next(SteadyTime deadline) {
  for (;;) {
    if (!ready_.empty()) {
      Event event = std::move(ready_.front());
      ready_.pop_front();
      return event;
    }
    auto event = loop_->next(deadline);
    if (!event || take(*event)) return event;
  }
}

// True: it is for others.
bool RevocationGate::take(Event& event) {
  if (const auto fetch = fetches_.find(event.id); fetch != fetches_.end()) {
    if (event.kind != Event::Kind::finished) return false;
    const Fetch ended = std::move(fetch->second);
    fetches_.erase(fetch);
    fetched(ended, event.outcome);
    return false;
  }

  const auto restarted = restarted_.find(event.id);
  const ExchangeId id = restarted == restarted_.end() ? event.id : restarted->second;
  const auto exchange = exchanges_.find(id);
  if (exchange == exchanges_.end()) return true;
  event.id = id;
  if (event.kind != Event::Kind::finished) return true;
  if (restarted != restarted_.end()) restarted_.erase(restarted);

  if (waits_for_evidence(event) && exchange->second.attempts < max_attempts) {
    hold(id, exchange->second, std::move(event.outcome));
    return false;
  }
  exchanges_.erase(exchange);
  return true;
}

void RevocationGate::hold(ExchangeId id, Exchange& exchange, transfer::Outcome outcome) {
  exchange.now = 0;
  exchange.outcome = std::move(outcome);
  if (!exchange.round) exchange.round = evidence_->start_round(wall_now());
  if (waits_) waits_(exchange.outcome);

  for (const ssl::WantedEvidence& wanted : exchange.outcome.handshake.wanted) {
    const std::string key = key_of(wanted);
    if (fetch(key, wanted, exchange.proxy)) exchange.waits_for.insert(key);
  }
  if (exchange.waits_for.empty()) go_on(id, exchange);
}

// False: it cannot be fetched.
bool RevocationGate::fetch(const std::string& key, const ssl::WantedEvidence& wanted, const std::string& proxy) {
  const auto running =
      std::find_if(fetches_.begin(), fetches_.end(), [&](const auto& one) { return one.second.key == key; });
  if (running != fetches_.end()) {
    auto& known = running->second.wanted;
    if (std::find(known.begin(), known.end(), wanted) == known.end()) known.push_back(wanted);
    return true;
  }

  Fetch fetch{key, {wanted}, std::make_shared<CollectingSink>()};
  auto request = request_for(wanted, rules_, proxy, fetch.sink);
  if (!request) {
    evidence_->failed(wanted, "it is not a valid URL", wall_now());
    return false;
  }
  log::debug("fetching " + wanted.url + " to find out whether a beacon is revoked");
  fetches_.emplace(loop_->start(std::move(*request)), std::move(fetch));
  return true;
}

void RevocationGate::fetched(const Fetch& fetch, const transfer::Outcome& outcome) {
  for (const ssl::WantedEvidence& wanted : fetch.wanted) {
    std::string why = failure_of(outcome, wanted.kind);
    if (why.empty()) {
      if (auto kept = evidence_->keep(wanted, fetch.sink->content(), wall_now()); !kept) why = kept.error().message;
    }
    if (why.empty()) continue;
    log::info("could not fetch " + wanted.url + ": " + why);
    evidence_->failed(wanted, why, wall_now());
  }

  std::vector<ExchangeId> ready;
  for (auto& [id, exchange] : exchanges_) {
    if (exchange.waits_for.erase(fetch.key) > 0 && exchange.waits_for.empty()) ready.push_back(id);
  }
  for (const ExchangeId id : ready) go_on(id, exchanges_.at(id));
}

void RevocationGate::go_on(ExchangeId id, Exchange& exchange) {
  ++exchange.attempts;
  exchange.now = exchange.start_again();
  restarted_.emplace(exchange.now, id);
}

}  // namespace muster::channel
