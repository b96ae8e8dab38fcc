// One function for each command. It prints its result on standard output; an error goes back to the caller,
// which prints it once and makes it the exit code.
#pragma once

#include "agent/cli/arguments.h"
#include "agent/cli/ended.h"
#include "platform/base/result.h"

namespace muster::cli {

Status run_agent(const GlobalOptions& options);
Ended status(const GlobalOptions& options);
Ended upload(const GlobalOptions& options, const UploadArguments& arguments);
Status download(const GlobalOptions& options, const DownloadArguments& arguments);
Status beacons(const GlobalOptions& options, const BeaconsArguments& arguments);
Ended doctor(const GlobalOptions& options, const DoctorArguments& arguments);
Ended collect(const GlobalOptions& options, const CollectArguments& arguments);
Ended policy(const GlobalOptions& options, const PolicyArguments& arguments);
Status update(const GlobalOptions& options, const UpdateArguments& arguments);
Status adopt(const GlobalOptions& options);
Status rollout(const GlobalOptions& options, const RolloutArguments& arguments);
Status renew_request(const GlobalOptions& options);
Status renew_run(const GlobalOptions& options);
Status renew_install(const GlobalOptions& options);
Status service_install(const GlobalOptions& options);
Status service_uninstall();
Status service_start();
Status service_stop();
Status config_list(const GlobalOptions& options);
Status config_check(const GlobalOptions& options);
Status config_get(const GlobalOptions& options, const ConfigGetArguments& arguments);
Status config_set(const GlobalOptions& options, const ConfigSetArguments& arguments);
Status config_unset(const GlobalOptions& options, const ConfigUnsetArguments& arguments);
Status config_merge(const GlobalOptions& options, const ConfigMergeArguments& arguments);
Status cert_show(const GlobalOptions& options, const CertShowArguments& arguments);
Ended cert_check(const GlobalOptions& options);
Status cert_import(const GlobalOptions& options, const CertImportArguments& arguments);
Status cert_install(const GlobalOptions& options, const CertInstallArguments& arguments);
Status cert_export(const GlobalOptions& options, const CertExportArguments& arguments);
Status cert_request(const GlobalOptions& options, const CertRequestArguments& arguments);

}  // namespace muster::cli
