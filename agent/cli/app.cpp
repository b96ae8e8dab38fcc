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

  Ended operator()(const RunArguments&) const { return run_agent(options); }
  Ended operator()(const StatusArguments&) const { return status(options); }
  Ended operator()(const UploadArguments& arguments) const { return upload(options, arguments); }
  Ended operator()(const DownloadArguments& arguments) const { return download(options, arguments); }
  Ended operator()(const BeaconsArguments& arguments) const { return beacons(options, arguments); }
  Ended operator()(const DoctorArguments& arguments) const { return doctor(options, arguments); }
  Ended operator()(const CollectArguments& arguments) const { return collect(options, arguments); }
  Ended operator()(const PolicyArguments& arguments) const { return policy(options, arguments); }
  Ended operator()(const UpdateArguments& arguments) const { return update(options, arguments); }
  Ended operator()(const AdoptArguments&) const { return adopt(options); }
  Ended operator()(const RolloutArguments& arguments) const { return rollout(options, arguments); }
  Ended operator()(const RenewRequestArguments&) const { return renew_request(options); }
  Ended operator()(const RenewRunArguments&) const { return renew_run(options); }
  Ended operator()(const RenewInstallArguments&) const { return renew_install(options); }
  Ended operator()(const ServiceInstallArguments&) const { return service_install(options); }
  Ended operator()(const ServiceUninstallArguments&) const { return service_uninstall(); }
  Ended operator()(const ServiceStartArguments&) const { return service_start(); }
  Ended operator()(const ServiceStopArguments&) const { return service_stop(); }
  Ended operator()(const ConfigListArguments&) const { return config_list(options); }
  Ended operator()(const ConfigCheckArguments&) const { return config_check(options); }
  Ended operator()(const ConfigGetArguments& arguments) const { return config_get(options, arguments); }
  Ended operator()(const ConfigSetArguments& arguments) const { return config_set(options, arguments); }
  Ended operator()(const ConfigUnsetArguments& arguments) const { return config_unset(options, arguments); }
  Ended operator()(const ConfigMergeArguments& arguments) const { return config_merge(options, arguments); }
  Ended operator()(const CertShowArguments& arguments) const { return cert_show(options, arguments); }
  Ended operator()(const CertCheckArguments&) const { return cert_check(options); }
  Ended operator()(const CertImportArguments& arguments) const { return cert_import(options, arguments); }
  Ended operator()(const CertInstallArguments& arguments) const { return cert_install(options, arguments); }
  Ended operator()(const CertExportArguments& arguments) const { return cert_export(options, arguments); }
  Ended operator()(const CertRequestArguments& arguments) const { return cert_request(options, arguments); }
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

  const Ended ended = std::visit(Dispatch{arguments.global}, arguments.command);
  if (ended.status) return 0;
  const Error& error = ended.status.error();
  if (arguments.global.json && !ended.error_is_printed) static_cast<void>(print(json_of(error)));
  return report(error);
}

}  // namespace muster::cli
