#include "agent/outbox/digest_worker.h"

#include <system_error>
#include <utility>

namespace muster::outbox {

DigestWorker::~DigestWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status DigestWorker::start(std::uint64_t id, delivery::UploadSource source) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({id, std::move(source)});
  }
  changed_.notify_one();
  if (thread_.joinable()) return {};

  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& problem) {  // the standard library has no other way to say it
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    return fail(ErrorKind::failure, std::string("cannot start a thread for digests: ") + problem.what(),
                "raise the limit of threads");
  }
  return {};
}

std::vector<DigestWorker::Result> DigestWorker::take_results() {
  const std::lock_guard lock(mutex_);
  return std::exchange(results_, {});
}

std::optional<DigestWorker::Work> DigestWorker::next_work() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  if (stopping_) return std::nullopt;
  Work work = std::move(waiting_.front());
  waiting_.pop_front();
  return work;
}

void DigestWorker::run() {
  while (auto work = next_work()) {
    auto digest = delivery::content_digest(work->source, &stopping_);
    if (stopping_) return;
    {
      const std::lock_guard lock(mutex_);
      results_.push_back({work->id, std::move(digest)});
    }
    if (notify_) notify_();
  }
}

}  // namespace muster::outbox
