#include "agent/cli/app.h"

#include "agent/cli/arguments.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/print.h"
#include "platform/log.h"
#include "platform/process.h"

namespace muster::cli {
namespace {

log::Level level_of(int verbosity) {
  if (verbosity >= 2) return log::Level::debug;
  if (verbosity == 1) return log::Level::info;
  return verbosity == 0 ? log::Level::warning : log::Level::error;
}

struct Dispatch {
  const GlobalOptions& options;
  bool& told;

  Status operator()(const RunArguments&) const { return run_agent(options); }
  Status operator()(const StatusArguments&) const { return status(options, told); }
  Status operator()(const UploadArguments& arguments) const { return upload(options, arguments, told); }
  Status operator()(const DownloadArguments& arguments) const { return download(options, arguments); }
  Status operator()(const BeaconsArguments& arguments) const { return beacons(options, arguments); }
  Status operator()(const DoctorArguments& arguments) const { return doctor(options, arguments, told); }
  Status operator()(const CollectArguments& arguments) const { return collect(options, arguments, told); }
  Status operator()(const PolicyArguments& arguments) const { return policy(options, arguments, told); }
  Status operator()(const AdoptArguments&) const { return adopt(options); }
  Status operator()(const RolloutArguments& arguments) const { return rollout(options, arguments); }
  Status operator()(const ConfigListArguments&) const { return config_list(options); }
  Status operator()(const ConfigCheckArguments&) const { return config_check(options); }
  Status operator()(const ConfigGetArguments& arguments) const { return config_get(options, arguments); }
  Status operator()(const ConfigSetArguments& arguments) const { return config_set(options, arguments); }
  Status operator()(const ConfigUnsetArguments& arguments) const { return config_unset(options, arguments); }
  Status operator()(const ConfigMergeArguments& arguments) const { return config_merge(options, arguments); }
  Status operator()(const CertShowArguments& arguments) const { return cert_show(options, arguments); }
  Status operator()(const CertCheckArguments&) const { return cert_check(options, told); }
  Status operator()(const CertImportArguments& arguments) const { return cert_import(options, arguments); }
  Status operator()(const CertInstallArguments& arguments) const { return cert_install(options, arguments); }
  Status operator()(const CertExportArguments& arguments) const { return cert_export(options, arguments); }
  Status operator()(const CertRequestArguments& arguments) const { return cert_request(options, arguments); }
};

int report(const Error& error) {
  log::error(error.line());
  return static_cast<int>(error.kind);
}

}  // namespace

int run(int argc, const char* const* argv) {
  platform::ignore_file_signals();

  const auto parsed = parse(argc, argv);
  if (const auto* answer = std::get_if<Answer>(&parsed)) {
    if (answer->wrong) return report({ErrorKind::usage, answer->text, "see muster --help"});
    const Status printed = print(answer->text);
    return printed ? 0 : report(printed.error());
  }

  const auto& arguments = std::get<Arguments>(parsed);
  log::set_level(level_of(arguments.global.verbosity));
  bool told = false;

  const Status status = std::visit(Dispatch{arguments.global, told}, arguments.command);
  if (status) return 0;
  if (arguments.global.json && !told) static_cast<void>(print(json_of(status.error())));
  return report(status.error());
}

}  // namespace muster::cli
