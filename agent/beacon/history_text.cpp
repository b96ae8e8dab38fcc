// The written form of a history.
//   muster beacons 3
//   network NAME USED
//   KEY ADDRESS TURNED HEARD USED CONNECT TLS ANSWER PER_BYTE BEST_LATENCY BEST_PER_BYTE RETRY_AFTER PENALTY
//   end LINES
// A number is VALUE/TIME, a wait STATUS/SINCE/UNTIL, a penalty FAULT/SINCE/LENGTH/TIMES/EPOCH; '-' is none. Times are
// milliseconds since 1970.
#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <vector>

#include "agent/beacon/history.h"
#include "platform/base/text.h"

namespace muster::beacon {
namespace {

constexpr std::string_view any_version = "muster beacons ";
constexpr std::string_view heading = "muster beacons 3";
constexpr std::uint64_t latest_ms = 9'000'000'000'000;  // what a time in microseconds and nanoseconds can hold
constexpr std::uint64_t max_count = 1'000'000;

std::uint64_t in_ms(WallTime time) {
  const auto ms = std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
  return ms < 0 ? 0 : static_cast<std::uint64_t>(ms);
}

template <class Number>
std::string shown(const Number& number) {
  if (number.time() == WallTime{}) return "-";
  return fmt::format("{:.3f}/{}", number.value(), in_ms(number.time()));
}

std::string shown(const std::optional<RetryAfter>& wait) {
  return wait ? fmt::format("{}/{}/{}", wait->status, in_ms(wait->since), in_ms(wait->until)) : "-";
}

std::string shown(const std::optional<Penalty>& penalty) {
  if (!penalty) return "-";
  return fmt::format("{}/{}/{}/{}/{}", name_of(penalty->fault), in_ms(penalty->since), penalty->length.count(),
                     penalty->times, penalty->epoch);
}

std::string shown(const std::string& key, const Record& record) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}\n", key, record.address.empty() ? "-" : record.address,
                     in_ms(record.turned), in_ms(record.heard), in_ms(record.used), shown(record.connect),
                     shown(record.tls), shown(record.answer), shown(record.per_byte), shown(record.best_latency),
                     shown(record.best_per_byte), shown(record.retry_after), shown(record.penalty));
}

// Takes parts of a line one after the other; remembers whether one was wrong.
class Parts {
 public:
  Parts(std::string_view text, char separator) : parts_(text::split_exactly(text, separator)) {}

  bool good() const { return good_ && next_ == parts_.size(); }

  std::string text() {
    const bool there = next_ < parts_.size() && !parts_[next_].empty();
    return there ? parts_[next_++] : refuse(std::string());
  }

  std::uint64_t number(std::uint64_t max) {
    const auto value = text::to_number(text());
    return value && *value <= max ? *value : refuse<std::uint64_t>(0);
  }

  WallTime time() { return WallTime(milliseconds(number(latest_ms))); }

  double real() {
    const std::string word = text();
    double value = 0;
    const char* const end = word.data() + word.size();
    const auto result = std::from_chars(word.data(), end, value);
    const bool whole = result.ec == std::errc() && result.ptr == end;
    return whole && std::isfinite(value) && value >= 0 && value < 1e15 ? value : refuse(0.0);
  }

  // The next part where it is not '-', read by `read` from its own parts.
  template <class Value, class Read>
  Value optional(Read read) {
    const std::string word = text();
    if (word == "-") return Value{};
    Parts own(word, '/');
    Value value = read(own);
    if (!own.good()) good_ = false;
    return value;
  }

  template <class Number>
  Number measured() {
    return optional<Number>([](Parts& own) {
      const double value = own.real();
      return Number(value, own.time());
    });
  }

 private:
  template <class T>
  T refuse(T nothing) {
    good_ = false;
    return nothing;
  }

  std::vector<std::string> parts_;
  std::size_t next_ = 0;
  bool good_ = true;
};

std::optional<RetryAfter> read_wait(Parts& parts) {
  RetryAfter wait;
  wait.status = static_cast<int>(parts.number(999));
  wait.since = parts.time();
  wait.until = parts.time();
  return wait;
}

std::optional<Penalty> read_penalty(Parts& parts) {
  Penalty penalty;
  const auto fault = fault_named(parts.text());
  penalty.since = parts.time();
  penalty.length = seconds(parts.number(max_count));
  penalty.times = static_cast<unsigned>(parts.number(max_count));
  penalty.epoch = parts.number(~0ULL);
  if (!fault) parts.text();  // one too many: not good
  penalty.fault = fault.value_or(Fault::connect);
  return penalty;
}

bool read_record(std::string_view line, NetworkHistory& network) {
  Parts parts(line, ' ');
  const std::string key = parts.text();
  Record record;
  record.address = parts.text();
  if (record.address == "-") record.address.clear();
  record.turned = parts.time();
  record.heard = parts.time();
  record.used = parts.time();

  record.connect = parts.measured<Average>();
  record.tls = parts.measured<Average>();
  record.answer = parts.measured<Average>();
  record.per_byte = parts.measured<Average>();
  record.best_latency = parts.measured<Lowest>();
  record.best_per_byte = parts.measured<Lowest>();

  record.retry_after = parts.optional<std::optional<RetryAfter>>(read_wait);
  record.penalty = parts.optional<std::optional<Penalty>>(read_penalty);
  network.records.insert_or_assign(key, std::move(record));
  return parts.good() && network.records.size() <= History::max_records;
}

}  // namespace

std::string encode(const History& history) {
  std::string text = fmt::format("{}\n", heading);
  std::size_t lines = 0;
  for (const auto& [name, network] : history.networks()) {
    text += fmt::format("network {} {}\n", name, in_ms(network.used));
    for (const auto& [key, record] : network.records) text += shown(key, record);
    lines += 1 + network.records.size();
  }
  return text + fmt::format("end {}\n", lines);
}

std::optional<History> decode(std::string_view text) {
  const auto lines = text::split_exactly(text, '\n');
  if (lines.size() < 3 || !lines.back().empty()) return std::nullopt;
  if (lines[lines.size() - 2] != fmt::format("end {}", lines.size() - 3)) return std::nullopt;
  if (lines.front() != heading) {
    const bool other_version = lines.front().starts_with(any_version);
    return other_version ? std::optional<History>(std::in_place) : std::nullopt;
  }

  History history;
  NetworkHistory* network = nullptr;

  for (std::size_t i = 1; i + 2 < lines.size(); ++i) {
    if (!lines[i].starts_with("network ")) {
      if (network == nullptr || !read_record(lines[i], *network)) return std::nullopt;
      continue;
    }

    Parts parts(lines[i], ' ');
    parts.text();
    network = &history.of(parts.text());
    network->used = parts.time();
    if (!parts.good()) return std::nullopt;
  }
  return history;
}

}  // namespace muster::beacon
