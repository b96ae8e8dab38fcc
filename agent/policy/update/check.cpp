#include "agent/policy/update/check.h"

#include <algorithm>

#include "agent/policy/update/package_digest.h"
#include "platform/file.h"
#include "platform/service_folder.h"

namespace muster::update {
namespace {

constexpr const char* folder = "Updates/";

// Any answer in HTTP came over a connection that was good.
bool has_answered(const delivery::Failure& failure) { return failure.outcome.cause == transfer::Cause::answered; }

}  // namespace

Check::Check(const policy::FetchPlace& place, CheckRules rules) : place_(place), rules_(std::move(rules)) {}

void Check::start(SteadyTime now) {
  if (rules_.past.lost) return refuse(lost_state());
  fetch(std::string(folder) + Places::freshness_name, Places::freshness_name, now);
}

void Check::fetch(std::string path, const char* name, SteadyTime now) {
  path_ = std::move(path);
  const policy::FetchFolders folders{rules_.places.staged(), rules_.places.data / "state" / "downloads"};
  file_ = std::make_unique<policy::FileFetch>(place_, path_, name, folders,
                                              policy::FileLimits{max_statement_file, seconds(0)});
  file_->start(now);
  take_settled(now);
}

void Check::on_event(transfer::Event& event, SteadyTime now) {
  if (settled()) return;
  if (package_) {
    package_->on_event(event, now);
  } else {
    file_->on_event(event, now);
  }
  take_settled(now);
}

void Check::on_time(SteadyTime now) {
  if (settled()) return;
  if (package_) {
    package_->on_time(now);
  } else {
    file_->on_time(now);
  }
  take_settled(now);
}

std::optional<SteadyTime> Check::wakes_at() const {
  if (package_) return package_->wakes_at();
  return file_ ? file_->wakes_at() : std::nullopt;
}

const delivery::Job* Check::job() const {
  if (package_) return package_.get();
  return file_ ? file_->job() : nullptr;
}

void Check::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  result_ = Result::refused;
}

void Check::fail_with(Error error) {
  error_ = std::move(error);
  result_ = Result::failed;
}

void Check::note_reached(const delivery::Job* job) {
  if (job == nullptr) return;
  const auto& failures = job->failures();
  if (job->beacon() != nullptr || std::any_of(failures.begin(), failures.end(), has_answered)) reached_beacon_ = true;
}

void Check::take_settled(SteadyTime now) {
  if (settled()) return;
  if (package_) {
    if (!package_->settled()) return;
    note_reached(package_.get());
    return take_package();
  }
  if (!file_->settled()) return;
  note_reached(file_->job());
  take_file(now);
}

void Check::take_file(SteadyTime now) {
  if (file_->result() == policy::FileFetch::Result::failed) {
    error_ = file_->local_error();
    result_ = Result::failed;
  } else if (file_->result() == policy::FileFetch::Result::missing) {
    result_ = Result::none;
  } else if (!freshness_) {
    take_freshness(now);
  } else {
    take_release(now);
  }
}

void Check::take_freshness(SteadyTime now) {
  auto freshness = open_statement(file_->content(), rules_.keys).and_then(read_freshness);
  if (!freshness) return refuse(freshness.error());
  if (auto refused = judge_freshness(*freshness, rules_.past, wall_now())) return refuse(std::move(*refused));

  const bool is_served = freshness->of(rules_.device.platform) != nullptr;
  freshness_ = std::move(*freshness);
  if (is_served) return fetch(folder + rules_.device.platform + ".json", Places::release_name, now);
  result_ = Result::none;
}

void Check::take_release(SteadyTime now) {
  auto release = open_statement(file_->content(), rules_.keys).and_then(read_release);
  if (!release) return refuse(release.error());
  release_ = std::move(*release);

  Ruling ruling = judge(*release_, *freshness_, rules_.device, rules_.past, wall_now());
  if (ruling.action == Ruling::Action::install) return fetch_package(now);
  refusal_ = std::move(ruling.why);
  result_ = ruling.action == Ruling::Action::wait ? Result::waits : Result::refused;
}

// A package that lies there from an earlier check is not fetched again.
void Check::fetch_package(SteadyTime now) {
  const auto target = rules_.places.staged() / Places::package_name;
  const auto staged = digest_at(target);
  if (staged && !judge_package(*release_, staged->length, staged->sha256)) {
    result_ = Result::staged;
    return;
  }

  path_ = folder + release_->file;
  auto download = delivery::Download::open(path_, target, rules_.places.data / "state" / "downloads", place_.loop,
                                           place_.locations, place_.options, place_.selector, release_->length);
  if (!download) return fail_with(download.error());
  package_ = std::move(*download);
  package_->start(now);
  take_settled(now);
}

// What is wrong does not stay: it would be taken for the beginning of the next one, or be staged without a reason.
void Check::take_package() {
  if (package_->beacon() == nullptr) {
    if (package_->is_too_large()) return refuse(*judge_package(*release_, release_->length + 1, {}));
    result_ = Result::failed;
    return;
  }

  const auto target = rules_.places.staged() / Places::package_name;
  const auto staged = digest_at(target);
  if (!staged) return fail_with(staged.error());
  auto refused = judge_package(*release_, staged->length, staged->sha256);
  if (!refused) {
    result_ = Result::staged;
    return;
  }
  std::error_code ignored;
  std::filesystem::remove(target, ignored);
  refuse(std::move(*refused));
}

}  // namespace muster::update
