// Takes the digests of large files on a thread of its own: a file of some gigabytes takes minutes, and the deciding
// thread has signals and timers to serve meanwhile. One file after the other. All calls belong to one thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/delivery/upload.h"

namespace muster::outbox {

class DigestWorker {
 public:
  struct Result {
    std::uint64_t id = 0;
    muster::Result<std::string> digest;  // raw SHA-256
  };

  // `notify` is called on the worker's thread when there is a result; it may be empty.
  explicit DigestWorker(std::function<void()> notify) : notify_(std::move(notify)) {}
  DigestWorker(const DigestWorker&) = delete;
  DigestWorker& operator=(const DigestWorker&) = delete;
  ~DigestWorker();  // gives up what it is doing

  // Fails when the system has no thread left.
  Status start(std::uint64_t id, delivery::UploadSource source);
  std::vector<Result> take_results();

 private:
  struct Work {
    std::uint64_t id = 0;
    delivery::UploadSource source;
  };

  void run();
  std::optional<Work> next_work();

  std::function<void()> notify_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  std::vector<Result> results_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace muster::outbox
