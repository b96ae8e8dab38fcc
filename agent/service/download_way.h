// What a fetch from beacons works with: a session for downloads and its channel.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/policy/file_fetch.h"
#include "agent/service/session.h"

namespace muster::service {

struct DownloadWay {
  // As Session::open() and Session::channel() fail.
  static Result<DownloadWay> open(const policy::InForce& in_force, const PasswordSource& password,
                                  std::shared_ptr<const platform::Wakeup> wakeup = nullptr,
                                  Credentials credentials = Credentials::required);

  policy::FetchPlace place() const;

  // Why a file could not be fetched: an error of this device, or what the job met at the beacons.
  Error failure_of(const std::string& path, const std::optional<Error>& local, const delivery::Job* job) const;

  std::unique_ptr<Session> session;
  std::shared_ptr<channel::Channel> channel;
};

// A fetch under way on the agent's thread, with what it works with.
template <class Fetch>
struct FetchWork {
  void take_events(SteadyTime now) {
    while (auto event = way.channel->loop->next(now)) fetch->on_event(*event, now);
  }
  void on_time(SteadyTime now) {
    if (const auto wakes = fetch->wakes_at(); wakes && *wakes <= now) fetch->on_time(now);
  }

  DownloadWay way;
  std::unique_ptr<Fetch> fetch;  // ends before what it works with
};

}  // namespace muster::service
