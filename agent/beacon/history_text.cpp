// The written form of a history.
//   muster beacons 1
//   network NAME USED
//   KEY ADDRESS HEARD USED CONNECT TLS ANSWER PER_BYTE [HOLD] [FAULT SINCE LENGTH TIMES GENERATION]
//   end LINES
// An average is CALM/PEAK/TIME or '-', a hold STATUS/SINCE/UNTIL. Times are milliseconds since 1970.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "agent/beacon/history.h"
#include "platform/base/text.h"

namespace muster::beacon {
namespace {

constexpr std::string_view heading = "muster beacons 1";
constexpr std::size_t words_of_record = 8;
constexpr std::size_t words_of_penalty = 5;
constexpr std::uint64_t latest_ms = 9'000'000'000'000;  // what a time in microseconds and nanoseconds can hold

std::uint64_t in_ms(WallTime time) {
  const auto ms = std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
  return ms < 0 ? 0 : static_cast<std::uint64_t>(ms);
}

std::string shown(const PeakAverage& average) {
  if (!average.known()) return "-";
  return fmt::format("{:.3f}/{:.3f}/{}", average.calm(), average.peak(), in_ms(average.time()));
}

std::string shown(const std::string& key, const Record& record) {
  std::string line = fmt::format("{} {} {} {} {} {} {} {}", key, record.address.empty() ? "-" : record.address,
                                 in_ms(record.heard), in_ms(record.used), shown(record.connect), shown(record.tls),
                                 shown(record.answer), shown(record.per_byte));
  if (const auto& hold = record.hold) {
    line += fmt::format(" {}/{}/{}", hold->status, in_ms(hold->since), in_ms(hold->until));
  }
  if (const auto& penalty = record.penalty) {
    line += fmt::format(" {} {} {} {} {}", name_of(penalty->fault), in_ms(penalty->since), penalty->length.count(),
                        penalty->times, penalty->epoch);
  }
  return line;
}

// Takes words one after the other; remembers whether one was wrong.
class Words {
 public:
  explicit Words(std::string_view line) : words_(text::split(line, ' ')) {}

  std::size_t count() const { return words_.size(); }
  bool good() const { return good_; }

  std::string text() { return at_ < words_.size() ? words_[at_++] : refuse<std::string>(); }

  std::uint64_t number(std::uint64_t most) {
    const auto value = text::to_number(text());
    return value && *value <= most ? *value : refuse<std::uint64_t>();
  }

  WallTime time() { return WallTime(milliseconds(number(latest_ms))); }

  PeakAverage average() {
    const std::string word = text();
    if (word == "-") return {};
    const auto parts = text::split_exactly(word, '/');
    const auto time = parts.size() == 3 ? text::to_number(parts[2]) : std::nullopt;
    const auto calm = time ? real(parts[0]) : std::nullopt;
    const auto peak = calm ? real(parts[1]) : std::nullopt;
    if (!peak || *time > latest_ms) return refuse<PeakAverage>();
    return {*calm, *peak, WallTime(milliseconds(*time))};
  }

  std::optional<RetryAfter> hold() {
    const auto parts = text::split_exactly(text(), '/');
    const auto status = parts.size() == 3 ? text::to_number(parts[0]) : std::nullopt;
    const auto since = status ? text::to_number(parts[1]) : std::nullopt;
    const auto until = since ? text::to_number(parts[2]) : std::nullopt;
    if (!until || *status > 999 || *since > latest_ms || *until > latest_ms) return refuse<std::optional<RetryAfter>>();
    return RetryAfter{static_cast<int>(*status), WallTime(milliseconds(*since)), WallTime(milliseconds(*until))};
  }

  std::optional<Penalty> penalty() {
    Penalty penalty;
    const auto fault = fault_named(text());
    if (!fault) return refuse<std::optional<Penalty>>();
    penalty.fault = *fault;
    penalty.since = time();
    penalty.length = seconds(number(1'000'000));
    penalty.times = static_cast<unsigned>(number(1'000'000));
    penalty.epoch = number(~0ULL);
    return penalty;
  }

 private:
  template <class T>
  T refuse() {
    good_ = false;
    return T{};
  }

  static std::optional<double> real(const std::string& word) {
    double value = 0;
    const char* const end = word.data() + word.size();
    const auto result = std::from_chars(word.data(), end, value);
    const bool whole = result.ec == std::errc() && result.ptr == end;
    return whole && std::isfinite(value) && value >= 0 && value < 1e15 ? std::optional(value) : std::nullopt;
  }

  std::vector<std::string> words_;
  std::size_t at_ = 0;
  bool good_ = true;
};

bool read_record(Words& words, NetworkHistory& network) {
  const std::size_t more = words.count() - std::min(words.count(), words_of_record);
  const bool held = more % words_of_penalty == 1;
  const bool penalised = more >= words_of_penalty;
  if (words.count() < words_of_record || more != (held ? 1 : 0) + (penalised ? words_of_penalty : 0)) return false;
  const std::string key = words.text();
  Record record;
  record.address = words.text();
  if (record.address == "-") record.address.clear();
  record.heard = words.time();
  record.used = words.time();
  record.connect = words.average();
  record.tls = words.average();
  record.answer = words.average();
  record.per_byte = words.average();
  if (held) record.hold = words.hold();
  if (penalised) record.penalty = words.penalty();
  network.records.insert_or_assign(key, std::move(record));
  return words.good() && network.records.size() <= History::most_records;
}

}  // namespace

std::string encode(const History& history) {
  std::string text = fmt::format("{}\n", heading);
  std::size_t lines = 0;
  for (const auto& [name, network] : history.networks()) {
    text += fmt::format("network {} {}\n", name, in_ms(network.used));
    for (const auto& [key, record] : network.records) text += shown(key, record) + "\n";
    lines += 1 + network.records.size();
  }
  return text + fmt::format("end {}\n", lines);
}

std::optional<History> decode(std::string_view text) {
  const auto lines = text::split_exactly(text, '\n');
  if (lines.size() < 3 || lines.front() != heading || !lines.back().empty()) return std::nullopt;
  if (lines[lines.size() - 2] != fmt::format("end {}", lines.size() - 3)) return std::nullopt;
  History history;
  NetworkHistory* network = nullptr;
  for (std::size_t i = 1; i + 2 < lines.size(); ++i) {
    Words words(lines[i]);
    if (lines[i].starts_with("network ")) {
      words.text();
      network = &history.of(words.text());
      network->used = words.time();
      if (!words.good()) return std::nullopt;
    } else if (network == nullptr || !read_record(words, *network)) {
      return std::nullopt;
    }
  }
  return history;
}

}  // namespace muster::beacon
