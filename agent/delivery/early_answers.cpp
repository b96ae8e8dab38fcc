#include "agent/delivery/early_answers.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/log.h"
#include "ssl/digest.h"

namespace muster::delivery {
namespace {

constexpr std::size_t max_entries = 1000;
constexpr std::uint64_t max_file_size = 1 << 20;
constexpr std::size_t fields_of_line = 5;
constexpr unsigned file_mode = 0640;

std::string key_of(const EarlyAnswers::File& file, const std::string& location) {
  const auto changed = file.facts.modified.time_since_epoch().count();
  return text::hex(ssl::sha256(fmt::format("{}\n{}\n{}\n{}", location, file.facts.size, changed, file.name)));
}

std::int64_t in_seconds(WallTime time) { return std::chrono::floor<seconds>(time.time_since_epoch()).count(); }

}  // namespace

EarlyAnswers::EarlyAnswers(const std::filesystem::path& state) {
  if (!state.empty()) path_ = state / "early-answers";
  read();
}

bool EarlyAnswers::excludes(const File& file, const std::string& location, WallTime now) const {
  if (entries_.empty()) return false;
  const std::string key = key_of(file, location);
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.key == key && entry.excluded(now); });
}

void EarlyAnswers::add(const File& file, const std::string& location, WallTime now) {
  read();  // other processes may have added theirs
  std::erase_if(entries_, [&](const Entry& entry) { return !entry.counts(now); });

  const std::string key = key_of(file, location);
  auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& one) { return one.key == key; });
  if (entry == entries_.end()) {
    if (entries_.size() >= max_entries) entries_.erase(entries_.begin());
    entries_.push_back({key, 0, now, text::printable(location), text::printable(file.name)});
    entry = entries_.end() - 1;
  }
  ++entry->tries;
  entry->last = now;
  write();
}

void EarlyAnswers::forget(const std::string& name) {
  if (entries_.empty()) return;
  const std::string printable = text::printable(name);
  const auto removed = std::erase_if(entries_, [&](const Entry& entry) { return entry.name == printable; });
  if (removed > 0) write();
}

std::vector<EarlyAnswers::Excluded> EarlyAnswers::all_excluded(WallTime now) const {
  std::vector<Excluded> all;
  for (const Entry& entry : entries_) {
    if (entry.excluded(now)) all.push_back({entry.name, entry.location});
  }
  return all;
}

// One entry a line: key, tries, time, location, name, with tabs between.
void EarlyAnswers::read() {
  if (path_.empty() || platform::absent(path_)) return;
  const auto content = platform::read_file(path_, max_file_size);
  if (!content) return log::debug(content.error().line());

  std::vector<Entry> entries;
  for (const std::string& line : text::split_exactly(*content, '\n')) {
    const auto fields = text::split_exactly(line, '\t');
    if (fields.size() != fields_of_line) continue;
    const auto tries = text::to_number(fields[1]);
    const auto last = text::to_number(fields[2]);
    if (!tries || !last) continue;
    entries.push_back({fields[0], static_cast<unsigned>(*tries), WallTime(seconds(*last)), fields[3], fields[4]});
  }
  entries_ = std::move(entries);
}

void EarlyAnswers::write() {
  if (path_.empty()) return;
  std::string content;
  for (const Entry& entry : entries_) {
    content +=
        fmt::format("{}\t{}\t{}\t{}\t{}\n", entry.key, entry.tries, in_seconds(entry.last), entry.location, entry.name);
  }

  std::error_code problem;  // what fails is reported by the writing
  std::filesystem::create_directories(path_.parent_path(), problem);
  if (auto written = platform::write_file(path_, content, file_mode); !written) log::debug(written.error().line());
}

}  // namespace muster::delivery
