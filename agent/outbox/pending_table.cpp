#include "agent/outbox/pending_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "platform/atomic_file.h"
#include "platform/base/random.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"
#include "ssl/digest.h"

namespace muster::outbox {
namespace {

constexpr std::size_t digest_length = 16;
constexpr std::size_t max_why_length = 300;
constexpr std::uint64_t max_file_size = 8 << 20;
constexpr unsigned mode = 0644;  // root and the service read what the other one has written
constexpr seconds min_wait{30};  // half of what lies between two passes, so that the file is due in the next one
constexpr seconds max_wait{1800};
constexpr unsigned max_doublings = 6;
const std::string lock_name = ".pending";  // no file of the spool is called like that

// Twice as long after each failure, in the upper half of it by chance.
milliseconds wait_after(unsigned tries) {
  const seconds whole = std::min(min_wait * (1 << std::min(tries - 1, max_doublings)), max_wait);
  const double share = 0.5 + uniform01() / 2;
  return milliseconds(static_cast<long>(share * 1000 * static_cast<double>(whole.count())));
}

std::int64_t nanoseconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

WallTime time_of(std::uint64_t nanoseconds) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(nanoseconds)));
}

// The words of a line before its first tab, as numbers; empty where one is none.
std::vector<std::uint64_t> numbers_in(std::string_view words) {
  std::vector<std::uint64_t> numbers;
  for (const std::string& word : text::split(words, ' ')) {
    const auto number = text::to_number(word);
    if (!number) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

DeliveredFile delivered_file(const platform::FileFacts& facts) {
  return {facts.device, facts.inode, facts.status_changed};
}

bool PendingFile::is_due(WallTime now) const { return not_before <= now || not_before > now + max_wait; }

PendingTable::PendingTable(const std::filesystem::path& state, std::shared_ptr<spool::Claims> claims)
    : file_(state.empty() ? std::filesystem::path() : state / "pending"), claims_(std::move(claims)) {
  Content content = read();
  files_ = std::move(content.files);
  refusals_ = std::move(content.refusals);
}

std::string PendingTable::digest_of(const spool::Entry& entry) {
  return text::hex(ssl::sha256(entry.path())).substr(0, digest_length);
}

void PendingTable::begin_pass() {
  for (auto& [digest, row] : files_) row.seen = false;
}

const PendingFile* PendingTable::find(const spool::Entry& entry) {
  if (files_.empty()) return nullptr;
  const auto found = files_.find(digest_of(entry));
  if (found == files_.end()) return nullptr;
  found->second.seen = true;
  return &found->second.file;
}

void PendingTable::end_pass() {
  for (auto row = files_.begin(); row != files_.end();) {
    if (row->second.seen) {
      ++row;
      continue;
    }
    changed_files_.insert(row->first);
    row = files_.erase(row);
  }

  std::set<std::string> types;
  for (const auto& [digest, row] : files_) types.insert(row.file.type);
  std::erase_if(refusals_, [&](const auto& one) {
    if (types.contains(one.first)) return false;
    changed_types_.insert(one.first);
    return true;
  });
}

void PendingTable::failed(const spool::Entry& entry, const std::string& why, WallTime now) {
  PendingFile file;
  if (const PendingFile* known = find(entry)) file.tries = known->tries;
  file.not_before = now + wait_after(++file.tries);
  file.why = why;
  put(entry, std::move(file));
}

void PendingTable::interrupted(const spool::Entry& entry, const std::string& why) {
  PendingFile file;
  if (const PendingFile* known = find(entry)) file.tries = known->tries;
  file.why = why;
  put(entry, std::move(file));
}

void PendingTable::not_removed(const spool::Entry& entry, const platform::FileFacts& facts, const std::string& why,
                               WallTime now) {
  failed(entry, why, now);
  files_.at(digest_of(entry)).file.delivered = delivered_file(facts);
  delivered_ = true;
}

void PendingTable::put(const spool::Entry& entry, PendingFile file) {
  const std::string digest = digest_of(entry);
  file.type = entry.type;
  file.why = text::printable(file.why).substr(0, max_why_length);
  if (files_.size() >= max_files && !files_.contains(digest)) make_room();
  files_.insert_or_assign(digest, Row{std::move(file), true});
  changed_files_.insert(digest);
}

// The one that may be tried first goes, but what was delivered only where there is nothing else.
void PendingTable::make_room() {
  const auto first = std::min_element(files_.begin(), files_.end(), [](const auto& one, const auto& other) {
    const PendingFile& a = one.second.file;
    const PendingFile& b = other.second.file;
    return std::pair(a.delivered.has_value(), a.not_before) < std::pair(b.delivered.has_value(), b.not_before);
  });
  changed_files_.insert(first->first);
  files_.erase(first);
}

void PendingTable::remove(const spool::Entry& entry) {
  if (files_.empty()) return;
  const std::string digest = digest_of(entry);
  if (files_.erase(digest) > 0) changed_files_.insert(digest);
}

void PendingTable::forgive(const std::string& type) {
  if (refusals_.erase(type) == 0) return;
  changed_types_.insert(type);
  for (auto& [digest, row] : files_) {
    if (row.file.type != type || row.file.delivered) continue;
    row.file.not_before = {};
    changed_files_.insert(digest);
  }
}

unsigned PendingTable::refusals(const std::string& type) const {
  const auto known = refusals_.find(type);
  return known == refusals_.end() ? 0 : known->second;
}

void PendingTable::refused(const std::string& type) {
  ++refusals_[type];
  changed_types_.insert(type);
}

// A line for each type, "type REFUSALS<tab>TYPE", and for each file, "DIGEST NOT_BEFORE TRIES DEVICE INODE
// CHANGED<tab>TYPE<tab>WHY": seconds and nanoseconds since 1970; without an inode it was not delivered.
std::string PendingTable::text_of(const Content& content) {
  std::string text;
  for (const auto& [type, refusals] : content.refusals) text += fmt::format("type {}\t{}\n", refusals, type);

  for (const auto& [digest, row] : content.files) {
    const DeliveredFile sent = row.file.delivered.value_or(DeliveredFile{});
    const auto not_before = std::chrono::system_clock::to_time_t(row.file.not_before);
    text += fmt::format("{} {} {} {} {} {}\t{}\t{}\n", digest, not_before, row.file.tries, sent.device, sent.inode,
                        nanoseconds_of(sent.status_changed), row.file.type, row.file.why);
  }
  return text;
}

// What cannot be understood is left out: the file is then tried as if it were new.
PendingTable::Content PendingTable::parse(const std::string& text) {
  Content content;
  for (const std::string& line : text::split_exactly(text, '\n')) {
    const auto fields = text::split_exactly(line, '\t');
    const auto first_space = fields.front().find(' ');
    if (fields.size() < 2 || first_space == std::string::npos) continue;

    const std::string key = fields.front().substr(0, first_space);
    const auto numbers = numbers_in(std::string_view(fields.front()).substr(first_space));
    if (key == "type" && numbers.size() == 1) {
      content.refusals[fields[1]] = static_cast<unsigned>(std::min<std::uint64_t>(numbers[0], max_files));
    }
    if (key.size() != digest_length || numbers.size() != 5 || fields.size() != 3) continue;

    PendingFile file;
    file.not_before = WallTime(seconds(static_cast<long>(std::min<std::uint64_t>(numbers[0], 1ULL << 33U))));
    file.tries = static_cast<unsigned>(std::min<std::uint64_t>(numbers[1], max_files));
    file.type = fields[1];
    file.why = fields[2];
    if (numbers[3] != 0) file.delivered = DeliveredFile{numbers[2], numbers[3], time_of(numbers[4])};
    if (content.files.size() < max_files) content.files.emplace(key, Row{std::move(file), true});
  }
  return content;
}

PendingTable::Content PendingTable::read() const {
  if (file_.empty() || platform::absent(file_)) return {};
  const auto content = platform::read_file(file_, max_file_size);
  if (content) return parse(*content);
  log::debug(content.error().line());
  return {};
}

void PendingTable::keep() {
  if (file_.empty() || (changed_files_.empty() && changed_types_.empty())) return;
  const auto lock = claims_ ? claims_->wait_for(lock_name) : tl::unexpected(Error());

  // Other processes may have written meanwhile: theirs is what has not changed here.
  Content merged = read();
  for (const std::string& digest : changed_files_) {
    merged.files.erase(digest);
    const auto ours = files_.find(digest);
    if (ours != files_.end()) merged.files.emplace(*ours);
  }
  for (const std::string& type : changed_types_) {
    merged.refusals.erase(type);
    const auto ours = refusals_.find(type);
    if (ours != refusals_.end()) merged.refusals.emplace(*ours);
  }

  if (auto written = platform::write_file_unsynced(file_, text_of(merged), mode); !written) {
    if (!std::exchange(reported_, true)) log::warning(written.error().line());
    return;
  }

  reported_ = false;
  files_ = std::move(merged.files);
  refusals_ = std::move(merged.refusals);
  changed_files_.clear();
  changed_types_.clear();
  delivered_ = false;
}

void PendingTable::keep_if_delivered() {
  if (delivered_) keep();
}

}  // namespace muster::outbox
