#include "agent/certificate/renewal_record.h"

#include <fmt/core.h>

#include <array>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/staged_file.h"

namespace muster::certificate {
namespace {

constexpr std::size_t max_record = 16384;
constexpr unsigned readable_for_group = 0640;
constexpr std::array problem_kinds{ErrorKind::failure, ErrorKind::preference, ErrorKind::identity,
                                   ErrorKind::local_file};

ErrorKind kind_named(std::string_view word) {
  for (const ErrorKind kind : problem_kinds) {
    if (name(kind) == word) return kind;
  }
  return ErrorKind::failure;
}

}  // namespace

std::filesystem::path renewal_flag(const std::filesystem::path& state) { return state / "renew"; }

std::filesystem::path renewal_record(const std::filesystem::path& state) { return state / "renew-record"; }

std::filesystem::path renewal_answer(const std::filesystem::path& state) { return state / "renew-answer"; }

std::filesystem::path waiting_request(const Places& places) {
  std::filesystem::path path = places.certificate;
  path += ".csr";
  return path;
}

// Lines: seconds since 1970; then "installed", or kind, message and remedy of the problem.
std::optional<RenewalRecord> read_renewal_record(const std::filesystem::path& state) {
  const auto file = platform::StagedFile::open(renewal_record(state), platform::StagedFile::Author::any);
  if (!file || !*file) return std::nullopt;
  const auto content = (*file)->read(max_record);
  if (!content) return std::nullopt;

  const auto lines = text::split_exactly(content->reveal(), '\n');
  const auto time = lines.size() < 2 ? std::nullopt : text::to_number(lines[0]);
  if (!time) return std::nullopt;
  RenewalRecord record{WallTime(seconds(static_cast<seconds::rep>(*time))), std::nullopt};
  if (lines[1] == "installed") return record;
  if (lines.size() < 4) return std::nullopt;
  record.problem = Error(kind_named(lines[1]), lines[2], lines[3]);
  return record;
}

Status write_renewal_record(const std::filesystem::path& state, const RenewalRecord& record) {
  const auto time = std::chrono::floor<seconds>(record.time.time_since_epoch()).count();
  std::string content = fmt::format("{}\ninstalled\n", time);
  if (const auto& problem = record.problem) {
    content = fmt::format("{}\n{}\n{}\n{}\n", time, name(problem->kind), text::printable(problem->message),
                          text::printable(problem->remedy));
  }
  return platform::write_file_unsynced(renewal_record(state), content, readable_for_group);
}

}  // namespace muster::certificate
