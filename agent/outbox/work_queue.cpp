#include "agent/outbox/work_queue.h"

#include <algorithm>
#include <utility>

#include "platform/base/timer_set.h"

namespace muster::outbox {
namespace {

QueuedFile queued(spool::Entry entry) {
  QueuedFile file;
  file.entry = std::move(entry);
  return file;
}

using MayStart = std::function<bool(const spool::Entry&)>;

std::optional<QueuedFile> take_first(std::deque<spool::Entry>& entries, const MayStart& may_start) {
  const auto first = std::find_if(entries.begin(), entries.end(), may_start);
  if (first == entries.end()) return std::nullopt;
  QueuedFile file = queued(std::move(*first));
  entries.erase(first);
  return file;
}

}  // namespace

void WorkQueue::start_scan(spool::Scan scan) {
  scan_.emplace(std::move(scan));
  scan_ended_ = false;
  deferred_.clear();
  retrying_.clear();
}

void WorkQueue::scan_again(spool::Scan scan) {
  scan_.emplace(std::move(scan));
  scan_ended_ = false;
}

bool WorkQueue::defer(spool::Entry entry) {
  if (deferred_.size() >= max_deferred) return false;
  deferred_.push_back(std::move(entry));
  return true;
}

bool WorkQueue::retry(QueuedFile file) {
  if (retrying_.size() >= max_retrying) return false;
  file.scanned = false;  // its place in the order is decided
  retrying_.push_back(std::move(file));
  return true;
}

std::optional<QueuedFile> WorkQueue::next(SteadyTime now, const MayStart& may_start) {
  if (auto file = take_first(urgent_, may_start)) return file;
  if (auto file = next_scanned()) return file;
  if (auto file = take_first(deferred_, may_start)) return file;

  const auto due = std::find_if(retrying_.begin(), retrying_.end(),
                                [&](const QueuedFile& file) { return file.due <= now && may_start(file.entry); });
  if (due == retrying_.end()) return std::nullopt;
  QueuedFile file = std::move(*due);
  retrying_.erase(due);
  return file;
}

std::optional<QueuedFile> WorkQueue::next_scanned() {
  if (!scan_) return std::nullopt;
  auto entry = scan_->next();
  for (Error& problem : scan_->take_problems()) problems_.push_back(std::move(problem));
  if (entry) {
    QueuedFile file = queued(std::move(*entry));
    file.scanned = true;
    return file;
  }

  scan_.reset();
  scan_ended_ = true;
  return std::nullopt;
}

std::vector<spool::Entry> WorkQueue::drop_where(const MayStart& dropped) {
  std::vector<spool::Entry> entries;
  const auto take = [&](const spool::Entry& entry) {
    if (!dropped(entry)) return false;
    entries.push_back(entry);
    return true;
  };
  std::erase_if(urgent_, take);
  std::erase_if(deferred_, take);
  std::erase_if(retrying_, [&](const QueuedFile& file) { return take(file.entry); });
  return entries;
}

std::vector<spool::Entry> WorkQueue::drop(const std::string& type) {
  return drop_where([&](const spool::Entry& entry) { return entry.type == type; });
}

std::vector<spool::Entry> WorkQueue::drop_all() {
  scan_.reset();
  return drop_where([](const spool::Entry&) { return true; });
}

bool WorkQueue::has_work(const MayStart& may_start) const {
  if (scan_) return true;
  const auto of_file = [&](const QueuedFile& file) { return may_start(file.entry); };
  return std::any_of(urgent_.begin(), urgent_.end(), may_start) ||
         std::any_of(deferred_.begin(), deferred_.end(), may_start) ||
         std::any_of(retrying_.begin(), retrying_.end(), of_file);
}

std::optional<SteadyTime> WorkQueue::next_retry() const {
  std::optional<SteadyTime> first;
  for (const QueuedFile& file : retrying_) first = earlier(first, file.due);
  return first;
}

}  // namespace muster::outbox
