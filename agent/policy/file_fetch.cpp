#include "agent/policy/file_fetch.h"

#include <algorithm>

#include "agent/delivery/download.h"
#include "agent/delivery/stream_download.h"
#include "platform/atomic_file.h"
#include "platform/file.h"
#include "platform/service_folder.h"

namespace muster::policy {
namespace {

// One beacon without it is enough to go on: another one that cannot be reached must not keep the device without policy.
bool is_missing(const delivery::Job& job) {
  return std::any_of(job.failures().begin(), job.failures().end(),
                     [](const delivery::Failure& failure) { return delivery::says_missing(failure.outcome); });
}

}  // namespace

// Filled by the thread of the loop while the transfer runs, and read when it is over.
class FileFetch::Memory final : public transfer::Sink {
 public:
  Status begin(const transfer::Reply&) override {
    content_.clear();
    return {};
  }
  Status write(std::string_view bytes) override {
    content_ += bytes;
    return {};
  }
  const std::string& content() const { return content_; }

 private:
  std::string content_;
};

FileFetch::FileFetch(const FetchPlace& place, std::string path, const std::string& name, const FetchFolders& folders,
                     const FileLimits& limits)
    : place_(place), path_(std::move(path)), records_(folders.records), limits_(limits) {
  if (!folders.files.empty()) file_ = folders.files / name;
}

FileFetch::~FileFetch() = default;

void FileFetch::fail_with(Error error) {
  job_.reset();
  local_error_ = std::move(error);
  result_ = Result::failed;
}

// Its time says when a beacon was asked last; that of the file itself is part of conditional requests.
std::filesystem::path FileFetch::stamp() const { return file_.string() + ".asked"; }

bool FileFetch::take_recent() {
  if (file_.empty() || limits_.refresh_period.count() == 0) return false;
  std::error_code problem;
  const auto asked = std::filesystem::last_write_time(stamp(), problem);
  if (problem) return false;
  const auto age = std::filesystem::file_time_type::clock::now() - asked;
  if (age.count() < 0 || age >= limits_.refresh_period) return false;

  auto read = platform::read_file(file_, limits_.max_size);
  if (!read) return false;
  content_ = std::move(*read);
  result_ = Result::found;
  return true;
}

// Where it cannot be written, a beacon is asked again the next time.
void FileFetch::note_asked() const {
  constexpr unsigned readable_for_group = 0640;
  if (limits_.refresh_period.count() == 0) return;
  static_cast<void>(platform::write_file_unsynced(stamp(), "", readable_for_group));
}

void FileFetch::start(SteadyTime now) {
  if (auto good = delivery::check_download_path(path_); !good) return fail_with(good.error());
  if (take_recent()) return;

  if (file_.empty()) {
    memory_ = std::make_shared<Memory>();
    job_ = std::make_unique<delivery::StreamDownload>(path_, memory_, place_.loop, place_.locations, place_.options,
                                                      place_.selector, limits_.max_size);
  } else {
    if (auto made = platform::make_service_folder(file_.parent_path()); !made) return fail_with(made.error());
    auto job = delivery::Download::open(path_, file_, records_, place_.loop, place_.locations, place_.options,
                                        place_.selector, limits_.max_size);
    if (!job) return fail_with(job.error());
    job_ = std::move(*job);
  }

  job_->start(now);
  take_settled();
}

void FileFetch::on_event(transfer::Event& event, SteadyTime now) {
  if (settled() || !job_) return;
  job_->on_event(event, now);
  take_settled();
}

void FileFetch::on_time(SteadyTime now) {
  if (settled() || !job_) return;
  job_->on_time(now);
  take_settled();
}

void FileFetch::take_settled() {
  if (!job_->settled()) return;
  if (job_->beacon() == nullptr) {
    result_ = is_missing(*job_) ? Result::missing : Result::failed;
    return;
  }

  if (memory_) {
    content_ = memory_->content();
  } else {
    auto read = platform::read_file(file_, limits_.max_size);
    if (!read) return fail_with(read.error());
    content_ = std::move(*read);
    note_asked();
  }
  result_ = Result::found;
}

}  // namespace muster::policy
