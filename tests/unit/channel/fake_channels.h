// Stands in for what transfers run on: writes down what was sent; the test says what each beacon answers.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/channel/channel.h"

namespace muster::testing {

struct Sent {
  transfer::ExchangeId id = 0;
  transfer::Method method = transfer::Method::get;
  std::string host;
  std::string path;
  bool asks_first = false;  // before it sends the body
};

using Answer = std::function<transfer::Outcome(const Sent&)>;

inline transfer::Outcome status(int number, std::vector<std::pair<std::string, std::string>> fields = {}) {
  transfer::Outcome outcome;
  outcome.cause = transfer::Cause::answered;
  outcome.reply.status = number;
  outcome.reply.fields = std::move(fields);
  return outcome;
}

inline transfer::Outcome trouble(transfer::Cause cause) {
  transfer::Outcome outcome;
  outcome.cause = cause;
  return outcome;
}

struct FakeLoop final : transfer::PumpedPort {
  std::vector<Sent>* log;
  std::vector<Sent> open;
  std::deque<transfer::Event> events;
  std::size_t most_open = 0;
  std::size_t left_alone = 0;  // started outside a burst
  std::size_t probes = 0;
  bool gathering = false;
  transfer::ExchangeId last = 0;

  explicit FakeLoop(std::vector<Sent>* sent) : log(sent) {}

  transfer::ExchangeId start(transfer::Request request) override {
    open.push_back({++last, request.method, request.endpoint.host, request.path, request.body.asks_first()});
    log->push_back(open.back());
    most_open = std::max(most_open, open.size());
    if (!gathering) ++left_alone;
    transfer::Event passed;
    passed.id = last;
    passed.kind = transfer::Event::Kind::passed;
    events.push_back(std::move(passed));
    return last;
  }
  // Where beacons race, a connection is all that is asked for here: which of them answers is the test's.
  transfer::ExchangeId start(transfer::Probe) override {
    ++probes;
    transfer::Outcome connected = status(0);
    connected.timing.connect = microseconds(100);
    connected.socket = platform::UniqueFd(::dup(0));
    finish(++last, std::move(connected));
    return last;
  }
  void cancel(transfer::ExchangeId id) override {
    std::erase_if(open, [id](const Sent& sent) { return sent.id == id; });
  }
  transfer::Group new_group() override { return ++last; }
  std::optional<transfer::Event> next(SteadyTime) override {
    if (events.empty()) return std::nullopt;
    transfer::Event event = std::move(events.front());
    events.pop_front();
    return event;
  }
  void gather(bool on) override { gathering = on; }

  void finish(transfer::ExchangeId id, transfer::Outcome outcome) {
    transfer::Event event;
    event.id = id;
    event.outcome = std::move(outcome);
    events.push_back(std::move(event));
  }
  void answer_all(const Answer& answer) {
    for (const Sent& sent : std::exchange(open, {})) finish(sent.id, answer(sent));
  }
};

struct FakeChannels final : channel::ChannelSource {
  std::vector<Sent> sent;
  std::shared_ptr<channel::Channel> in_use;
  FakeLoop* loop = nullptr;
  std::optional<Error> broken;

  FakeChannels() { replace(); }
  // As when the certificate was replaced.
  void replace() {
    auto made = std::make_unique<FakeLoop>(&sent);
    loop = made.get();
    const std::uint64_t number = in_use ? in_use->number + 1 : 1;
    in_use = std::make_shared<channel::Channel>();
    in_use->number = number;
    in_use->loop = std::move(made);
  }
  Result<std::shared_ptr<channel::Channel>> current(WallTime) override {
    if (broken) return tl::unexpected(*broken);
    return in_use;
  }
  void rest() override {}
};

}  // namespace muster::testing
