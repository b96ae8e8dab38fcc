#include "agent/outbox/deferred.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"
#include "platform/service_folder.h"
#include "ssl/digest.h"

namespace muster::outbox {
namespace {

constexpr std::size_t most_known = 1000;
constexpr std::size_t digest_length = 16;
constexpr std::uint64_t largest_file = most_known * (digest_length + 1);
constexpr unsigned mode = 0640;

std::string digest_of(const spool::Entry& entry) {
  return text::hex(ssl::sha256(entry.type + "/" + entry.name)).substr(0, digest_length);
}

}  // namespace

DeferredFiles::DeferredFiles(const std::filesystem::path& state)
    : file_(state.empty() ? std::filesystem::path() : state / "postponed") {
  if (file_.empty() || platform::absent(file_)) return;
  const auto content = platform::read_file(file_, largest_file);
  if (!content) {
    log::debug(content.error().line());
    return;
  }
  for (auto& digest : text::split(*content, '\n')) {
    if (digest.size() == digest_length) known_.emplace(std::move(digest), Known{++last_order_, true});
  }
}

void DeferredFiles::begin_pass() {
  for (auto& [digest, known] : known_) known.seen = false;
}

bool DeferredFiles::contains(const spool::Entry& entry) {
  if (known_.empty()) return false;
  const auto found = known_.find(digest_of(entry));
  if (found == known_.end()) return false;
  found->second.seen = true;
  return true;
}

void DeferredFiles::end_pass() {
  if (std::erase_if(known_, [](const auto& one) { return !one.second.seen; }) > 0) changed_ = true;
}

void DeferredFiles::add(const spool::Entry& entry) {
  const auto [place, is_new] = known_.insert_or_assign(digest_of(entry), Known{++last_order_, true});
  changed_ = true;
  if (!is_new || known_.size() <= most_known) return;
  known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto& one, const auto& other) {
    return one.second.order < other.second.order;
  }));
}

void DeferredFiles::remove(const spool::Entry& entry) {
  if (!known_.empty() && known_.erase(digest_of(entry)) > 0) changed_ = true;
}

void DeferredFiles::keep() {
  if (file_.empty() || !std::exchange(changed_, false)) return;
  std::error_code problem;
  static_cast<void>(platform::make_service_folder(file_.parent_path()));
  if (known_.empty()) {
    std::filesystem::remove(file_, problem);
    return;
  }
  std::vector<std::pair<std::uint64_t, std::string>> ordered;
  ordered.reserve(known_.size());
  for (const auto& [digest, known] : known_) ordered.emplace_back(known.order, digest);
  std::sort(ordered.begin(), ordered.end());
  std::string content;
  for (const auto& [order, digest] : ordered) content += digest + "\n";
  if (auto written = platform::write_file_unsynced(file_, content, mode); !written) log::debug(written.error().line());
}

}  // namespace muster::outbox
