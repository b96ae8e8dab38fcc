#include <fmt/core.h>

#include "agent/cli/collected.h"
#include "agent/cli/commands.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/inventory/device_id.h"
#include "agent/inventory/discovery.h"
#include "platform/atomic_file.h"
#include "platform/log.h"
#include "platform/service_host.h"

namespace muster::cli {
namespace {

constexpr unsigned owner_only = 0600;  // an inventory says what could be attacked

std::string configured_id(const config::Preferences& preferences) {
  const auto value = preferences.get(config::Component::collect, "MachineId");
  const bool set = value && !value->is_default && value->unknown.empty();
  return set ? value->text : std::string();
}

Result<inventory::CollectRequest> request_of(const config::Preferences& preferences,
                                             const CollectArguments& arguments) {
  auto sections = inventory::choose_sections(arguments.only, arguments.skip);
  if (!sections) return tl::unexpected(sections.error());
  const auto root = platform::SystemRoot::open(arguments.root);
  if (!root) return tl::unexpected(root.error());
  const auto id = inventory::device_id(*root, configured_id(preferences), preferences.data_directory() / "state");
  if (!id) return tl::unexpected(id.error());
  if (!id->note.empty()) log::warning(id->note);

  inventory::CollectRequest request;
  request.root = arguments.root;
  request.format = arguments.format;
  request.sections = std::move(*sections);
  request.device_id = id->value;
  if (!id->note.empty()) request.notes.push_back(id->note);
  return request;
}

Status check(const CollectArguments& arguments) {
  if (arguments.output.empty()) return fail(ErrorKind::usage, "-O has an empty name", "name a file, or '-'");
  if (arguments.root.empty()) return fail(ErrorKind::usage, "--root has an empty name", "name a folder");
  if (!arguments.discovery) return {};
  if (!arguments.only.empty() || !arguments.skip.empty()) {
    return fail(ErrorKind::usage, "--only and --skip choose sections of the inventory, which --discovery does not take",
                "leave them out");
  }
  if (arguments.format == inventory::Format::glpi) return {};
  return fail(ErrorKind::usage, "--format does not apply to --discovery, which has a format of its own",
              "leave it out");
}

Ended take(const GlobalOptions& options, const CollectArguments& arguments) {
  if (auto usable = check(arguments); !usable) return usable;
  const auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  const auto request = request_of(*preferences, arguments);
  if (!request) return tl::unexpected(request.error());

  const WallTime now = wall_now();
  const auto taken = arguments.discovery ? inventory::discover(*request, now) : inventory::collect(*request);
  if (!taken) return tl::unexpected(taken.error());
  for (const std::string& problem : taken->problems) log::warning(problem);

  const Collected collected{*taken, request->device_id, arguments.format, arguments.discovery, now};
  if (arguments.upload) return upload_collected(options, *preferences, collected);
  if (arguments.spool) return spool_collected(options, *preferences, collected);
  return arguments.output == "-" ? print(taken->document)
                                 : platform::write_file(arguments.output, taken->document, owner_only);
}

}  // namespace

// With --spool it may be the service manager that waits for it.
Ended collect(const GlobalOptions& options, const CollectArguments& arguments) {
  if (!arguments.spool) return take(options, arguments);

  Ended ended = Status();
  platform::run_hosted([&] {
    platform::tell_ready();
    ended = take(options, arguments);
    return ended.status ? 0 : static_cast<int>(ended.status.error().kind);
  });
  return ended;
}

}  // namespace muster::cli
