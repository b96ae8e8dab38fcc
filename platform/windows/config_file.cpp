#include "platform/config_file.h"

#include <fmt/core.h>

#include <system_error>

#include "platform/private_file.h"
#include "platform/windows/native.h"
#include "platform/windows/temporary_name.h"

namespace muster::platform {
namespace {

Error changed_meanwhile(const std::filesystem::path& path) {
  return {ErrorKind::local_file, fmt::format("{} was changed by another process meanwhile", path.string()),
          "run the command again"};
}

bool is_as_read(const ConfigFile& file) {
  if (!file.facts) return absent(file.target);
  return facts_at(file.target) == file.facts;
}

}  // namespace

Result<ConfigFile> read_config_file(const std::filesystem::path& path, std::uint64_t limit) {
  ConfigFile file;
  std::error_code problem;
  file.target = std::filesystem::absolute(path, problem).lexically_normal();
  if (absent(file.target)) return file;

  const auto open = open_regular(file.target);
  if (!open) return fail(open.error());
  auto facts = facts_of(*open, file.target);
  if (!facts) return fail(std::move(facts.error()));
  auto content = read_all(*open, file.target, limit);
  if (!content) return fail(std::move(content.error()));

  file.facts = *facts;
  file.content = std::move(*content);
  return file;
}

Status replace_config_file(const ConfigFile& file, std::string_view content) {
  if (!is_as_read(file)) return fail(changed_meanwhile(file.target));
  if (!file.facts) return write_private(file.target, content);

  auto prepared = prepare_private(temporary_beside(file.target), content);
  if (!prepared) return fail(std::move(prepared.error()));
  if (auto placed = prepared->place(std::nullopt); !placed) return placed;

  // Keeps owner and rights of what it replaces.
  const std::filesystem::path temporary = temporary_beside(file.target);
  Status replaced;
  if (!is_as_read(file)) {
    replaced = fail(changed_meanwhile(file.target));
  } else if (!::ReplaceFileW(for_call(file.target).c_str(), for_call(temporary).c_str(), nullptr,
                             REPLACEFILE_WRITE_THROUGH, nullptr, nullptr)) {
    replaced = fail(cannot("place", file.target));
  }
  if (!replaced) ::DeleteFileW(for_call(temporary).c_str());
  return replaced;
}

}  // namespace muster::platform
