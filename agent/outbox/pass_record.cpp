#include "agent/outbox/pass_record.h"

#include <fmt/core.h>

#include <array>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"
#include "platform/service_folder.h"

namespace muster::outbox {
namespace {

constexpr std::uint64_t largest_record = 16'384;
constexpr unsigned mode = 0640;

std::filesystem::path file_in(const std::filesystem::path& state) { return state / "last-upload"; }

}  // namespace

// A line of numbers and one of words.
void remember(const std::filesystem::path& state, const PassRecord& last) {
  static_cast<void>(platform::make_service_folder(state));  // what fails is reported by the write
  const std::string record =
      fmt::format("{} {} {} {} {}\n{}\n", std::chrono::system_clock::to_time_t(last.time), last.delivered,
                  last.set_aside, last.left, last.dropped_for_quota, text::printable(last.error));
  if (auto written = platform::write_file_unsynced(file_in(state), record, mode); !written) {
    log::debug(written.error().line());
  }
}

std::optional<PassRecord> recall(const std::filesystem::path& state) {
  const auto record = platform::read_file(file_in(state), largest_record);
  if (!record) return std::nullopt;

  const auto lines = text::split_exactly(*record, '\n');
  const auto words = text::split(lines.front(), ' ');
  if (lines.size() < 2 || words.size() != 5) return std::nullopt;

  std::array<std::uint64_t, 5> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = text::to_number(words[i]);
    if (!number) return std::nullopt;
    numbers[i] = *number;
  }

  constexpr auto latest = std::chrono::floor<seconds>(WallTime::max().time_since_epoch()).count();
  if (numbers[0] > static_cast<std::uint64_t>(latest)) return std::nullopt;
  return PassRecord{std::chrono::system_clock::from_time_t(static_cast<std::time_t>(numbers[0])),
                    numbers[1],
                    numbers[2],
                    numbers[3],
                    numbers[4],
                    text::printable(lines[1])};
}

}  // namespace muster::outbox
