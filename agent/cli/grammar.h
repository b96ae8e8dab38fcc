// The command line as a grammar: commands, options, their help. One object per run; one thread.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <variant>
#include <vector>

#include "agent/cli/arguments.h"

namespace muster::cli {

class Grammar {
 public:
  Grammar();

  // `argv` as main() gets it. Global options may stand before or after the command, "--" ends the options anywhere.
  std::variant<Arguments, Answer> parse(int argc, const char* const* argv);

  // For the help and the completions, which are made from the same grammar.
  const CLI::App& app() const { return app_; }

 private:
  template <class T>
  CLI::App* add_command(CLI::App& parent, const char* name, const char* description, T& arguments);

  void add_global_options();
  void add_transfers();
  void add_observers();
  void add_deployment();
  void add_renew();
  void add_service();
  void add_collect();
  void add_config();
  void add_cert();
  void add_cert_sources(CLI::App& cert);
  void add_password(CLI::App& command, PasswordArguments& password);

  std::vector<std::string> with_command_before_separator(std::vector<std::string> words) const;

  CLI::App app_;
  Arguments result_;
  std::size_t verbose_ = 0;
  std::size_t quiet_ = 0;

  // What each command was given; the one that was typed becomes the result.
  struct {
    RunArguments run;
    StatusArguments status;
    DoctorArguments doctor;
    PolicyArguments policy;
    UpdateArguments update;
    AdoptArguments adopt;
    RolloutArguments rollout;
    ServiceInstallArguments service_install;
    ServiceUninstallArguments service_uninstall;
    ServiceStartArguments service_start;
    RenewRequestArguments renew_request;
    RenewRunArguments renew_run;
    RenewInstallArguments renew_install;
    ServiceStopArguments service_stop;
    CollectArguments collect;
    UploadArguments upload;
    DownloadArguments download;
    BeaconsArguments beacons;
    ConfigListArguments config_list;
    ConfigCheckArguments config_check;
    ConfigGetArguments config_get;
    ConfigSetArguments config_set;
    ConfigUnsetArguments config_unset;
    ConfigMergeArguments config_merge;
    CertShowArguments cert_show;
    CertCheckArguments cert_check;
    CertImportArguments cert_import;
    CertInstallArguments cert_install;
    CertExportArguments cert_export;
    CertRequestArguments cert_request;
  } typed_;
};

}  // namespace muster::cli
