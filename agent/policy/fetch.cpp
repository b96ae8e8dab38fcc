#include "agent/policy/fetch.h"

#include "agent/policy/envelope.h"
#include "platform/base/text.h"
#include "ssl/digest.h"

namespace muster::policy {
namespace {

constexpr std::string_view package_prefix = "npl-";

// Where a file is kept, whatever its path looks like.
std::string kept_name(const FetchRules::Source& source) {
  if (source.is_npl) return "of-device.npl";
  return source.path == "Policies/default.json" ? "of-all.json" : "of-device.json";
}

std::string package_name(const std::string& path) {
  constexpr std::size_t digits = 32;
  return std::string(package_prefix) + text::hex(ssl::sha256(path)).substr(0, digits);
}

// Files of packages that the policy does not name any more. What cannot be removed is removed the next time.
void remove_others(const std::filesystem::path& folder, const std::set<std::string>& kept) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::string stem = name.substr(0, name.find('.'));
    if (!name.starts_with(package_prefix) || kept.contains(stem)) continue;
    std::error_code problem;
    std::filesystem::remove(entry.path(), problem);
  }
}

}  // namespace

FetchFolders fetch_folders(const std::filesystem::path& state, Mode mode) {
  if (mode == Mode::dry_run) return {};
  return {state / "policy", state / "downloads"};
}

Fetch::Fetch(const FetchPlace& place, FetchRules rules, FetchFolders folders)
    : place_(place), rules_(std::move(rules)), folders_(std::move(folders)) {}

void Fetch::start(SteadyTime now) {
  start_next(now);
  take_settled(now);
}

void Fetch::start_next(SteadyTime now) {
  const FetchRules::Source& source = rules_.sources[next_source_];
  ++next_source_;
  fetched_ = {};
  fetched_.path = source.path;
  walk_.reset();
  if (source.is_npl) walk_.emplace(source.path, place_.locations, rules_.allowed_types);
  start_file(source.path, kept_name(source), seconds(0), now);
}

void Fetch::start_file(const std::string& path, const std::string& name, seconds refresh_period, SteadyTime now) {
  file_ = std::make_unique<FileFetch>(place_, path, name, folders_, FileLimits{max_file_size, refresh_period});
  file_->start(now);
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
  while (!settled() && file_->settled()) {
    const bool is_policy = file_->path() == fetched_.path;
    const bool goes_on = next_source_ < rules_.sources.size();

    if (file_->result() == Result::found) {
      if (is_policy) beacon_ = file_->beacon();
      if (take_file(now)) continue;

      fetched_.location = beacon_->id;
      result_ = Result::found;
    } else if (file_->result() == Result::missing && is_policy) {
      if (goes_on) {
        start_next(now);
      } else {
        result_ = Result::missing;
      }
    } else {
      result_ = Result::failed;
    }
  }
}

// Whether another file was started.
bool Fetch::take_file(SteadyTime now) {
  if (!walk_) {
    fetched_.content = file_->content();
    return false;
  }
  if (auto taken = walk_->take(file_->content()); !taken) {
    fetched_.refusal = taken.error().message;
    return false;
  }

  const auto wanted = walk_->wanted();
  if (!wanted) {
    finish_packages();
    return false;
  }
  const std::string name = package_name(*wanted);
  kept_.insert(name);
  start_file(*wanted, name, rules_.refresh_period, now);
  return true;
}

void Fetch::finish_packages() {
  fetched_.packages = std::move(*walk_).packages();
  if (!folders_.files.empty()) remove_others(folders_.files, kept_);
}

}  // namespace muster::policy
