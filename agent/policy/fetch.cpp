#include "agent/policy/fetch.h"

#include "agent/policy/envelope.h"

namespace muster::policy {
namespace {

constexpr char for_all[] = "default.json";

bool is_file_name(const std::string& name) {
  return !name.empty() && name.find_first_of("/\\") == std::string::npos && !name.starts_with('.');
}

}  // namespace

FetchFolders fetch_folders(const std::filesystem::path& state, Mode mode) {
  if (mode == Mode::dry_run) return {};
  return {state / "policy", state / "downloads"};
}

Fetch::Fetch(const FetchPlace& place, const std::string& machine_id, FetchFolders folders)
    : place_(place), folders_(std::move(folders)), names_{for_all} {
  if (is_file_name(machine_id)) names_.push_back(machine_id + ".json");
}

void Fetch::start(SteadyTime now) { start_next(now); }

void Fetch::start_next(SteadyTime now) {
  const std::string name = std::move(names_.back());
  names_.pop_back();
  const std::string kept = name == for_all ? "of-all.json" : "of-device.json";
  file_ = std::make_unique<FileFetch>(place_, "Policies/" + name, kept, folders_, max_file_size);
  file_->start(now);
  take_settled(now);
}

void Fetch::on_event(transfer::Event& event, SteadyTime now) {
  if (settled()) return;
  file_->on_event(event, now);
  take_settled(now);
}

void Fetch::on_time(SteadyTime now) {
  if (settled()) return;
  file_->on_time(now);
  take_settled(now);
}

void Fetch::take_settled(SteadyTime now) {
  if (!file_->settled()) return;
  if (file_->result() == Result::missing && !names_.empty()) return start_next(now);
  result_ = file_->result();
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
