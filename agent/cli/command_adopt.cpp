#include <fmt/core.h>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "platform/base/text.h"
#include "platform/service_access.h"

namespace muster::cli {
namespace {

Status let_read(const std::filesystem::path& what, std::vector<platform::Adopted>& all) {
  auto adopted = platform::let_service_read(what);
  if (!adopted) return tl::unexpected(adopted.error());
  for (platform::Adopted& one : *adopted) all.push_back(std::move(one));
  return {};
}

}  // namespace

Status adopt(const GlobalOptions& options) {
  const auto preferences = config::Preferences::load(sources_of(options));
  if (!preferences) return tl::unexpected(preferences.error());
  std::vector<platform::Adopted> all;
  if (auto adopted = let_read(preferences->file(), all); !adopted) return adopted;
  if (auto adopted = let_read(preferences->data_directory() / "etc" / "ssl" / "client", all); !adopted) return adopted;
  if (options.json) return print(json_of(all));
  std::string text;
  for (const platform::Adopted& one : all) {
    text += fmt::format("{}: {}, was {}\n", text::printable(one.path.string()), one.after, one.before);
  }
  return print(text);
}

}  // namespace muster::cli
