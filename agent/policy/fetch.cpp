#include "agent/policy/fetch.h"

#include <algorithm>

#include "agent/policy/envelope.h"
#include "platform/service_folder.h"

namespace muster::policy {
namespace {

constexpr char for_all[] = "default.json";

bool is_file_name(const std::string& name) {
  return !name.empty() && name.find_first_of("/\\") == std::string::npos && !name.starts_with('.');
}

// One beacon without it is enough to go on: another one that cannot be reached must not keep the device without policy.
bool is_missing(const delivery::Job& job) {
  return std::any_of(job.failures().begin(), job.failures().end(),
                     [](const delivery::Failure& failure) { return delivery::says_missing(failure.outcome); });
}

}  // namespace

Fetch::Fetch(const FetchPlace& place, const std::string& machine_id, std::filesystem::path state)
    : place_(place), state_(std::move(state)), names_{for_all} {
  if (is_file_name(machine_id)) names_.push_back(machine_id + ".json");
}

void Fetch::start(SteadyTime now) {
  if (auto made = platform::make_service_folder(state_ / "policy"); !made) {
    local_error_ = made.error();
    result_ = Result::failed;
    return;
  }
  start_next(now);
}

void Fetch::start_next(SteadyTime now) {
  const std::string name = std::move(names_.back());
  names_.pop_back();
  path_ = "Policies/" + name;
  file_ = state_ / "policy" / (name == for_all ? "of-all.json" : "of-device.json");

  auto job = delivery::Download::open(path_, file_, state_ / "downloads", place_.loop, place_.locations, place_.options,
                                      place_.selector, max_file_size);
  if (!job) {
    job_.reset();
    local_error_ = job.error();
    result_ = Result::failed;
    return;
  }
  job_ = std::move(*job);
  job_->start(now);
  take_settled(now);
}

void Fetch::on_event(transfer::Event& event, SteadyTime now) {
  if (settled() || !job_) return;
  job_->on_event(event, now);
  take_settled(now);
}

void Fetch::on_time(SteadyTime now) {
  if (settled() || !job_) return;
  job_->on_time(now);
  take_settled(now);
}

void Fetch::take_settled(SteadyTime now) {
  if (!job_->settled()) return;
  if (job_->beacon() != nullptr) {
    result_ = Result::found;
  } else if (!is_missing(*job_)) {
    result_ = Result::failed;
  } else if (names_.empty()) {
    result_ = Result::missing;
  } else {
    start_next(now);
  }
}

void run(Fetch& fetch, transfer::PumpedPort& loop) {
  constexpr std::chrono::hours forever{24};
  fetch.start(steady_now());
  while (!fetch.settled()) {
    if (auto event = loop.next(fetch.wakes_at().value_or(steady_now() + forever))) {
      fetch.on_event(*event, steady_now());
    } else {
      fetch.on_time(steady_now());
    }
  }
}

}  // namespace muster::policy
