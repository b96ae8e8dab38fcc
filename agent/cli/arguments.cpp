#include "agent/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <map>

namespace muster::cli {
namespace {

class Grammar {
 public:
  Grammar() : app_("Moves files to and from beacons over mutual TLS", "muster") {
    app_.require_subcommand(1);
    app_.fallthrough();  // global options stand before or after the command
    app_.set_version_flag("--version", std::string("muster ") + MUSTER_VERSION);
    app_.footer(
        "Exit codes: 0 done, 1 failure, 2 usage, 3 preference, 4 client certificate, 5 beacon not trusted,\n"
        "6 no beacon reached, 7 refused, 8 local file, 9 some failed. See muster(1).");
    add_global_options();
    add_command(app_, "run", "the agent, in the foreground", run_);
    add_upload();
    add_download();
    add_beacons();
    add_command(app_, "status", "what waits, what was done last, when the certificate ends", status_);
    auto* doctor = add_command(app_, "doctor", "walks the whole way and names the first thing that is wrong", doctor_);
    doctor->add_flag("--probe-upload", doctor_.probe_upload, "uploads a small file to Diagnostics as well");
    add_command(app_, "adopt", "lets the service read what root has deployed", adopt_);
    auto* rollout = add_command(app_, "rollout", "takes over the files that a deployment has staged", rollout_);
    rollout->add_option("--from", rollout_.folder, "where they are")->type_name("DIR")->capture_default_str();
    add_collect();
    add_config();
    add_cert();
  }

  std::variant<Arguments, Answer> parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      return Answer{shown_help(), false};
    } catch (const CLI::CallForVersion&) {
      return Answer{app_.version() + "\n", false};
    } catch (const CLI::ParseError& error) {
      return Answer{reason_of(error), true};
    }
    result_.global.verbosity = static_cast<int>(verbose_) - static_cast<int>(quiet_);
    return result_;
  }

 private:
  void add_global_options() {
    GlobalOptions& global = result_.global;
    app_.add_option("--config", global.config, "another config.ini")->type_name("FILE");
    app_.add_option("-o", global.overrides, "overrides a preference for this run: NAME=VALUE or 'Section\\Name=VALUE'")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    app_.add_flag("--json", global.json, "prints a documented object on standard output");
    app_.add_option("--key-password-fd", global.key_password_fd, "descriptor to read the private key's password from")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    app_.add_flag("-v", verbose_, "logs more to standard error; twice: everything");
    app_.add_flag("-q", quiet_, "logs errors only");
  }

  // The command's arguments become the result when it was the one that was typed.
  template <class T>
  CLI::App* add_command(CLI::App& parent, const char* name, const char* description, T& arguments) {
    CLI::App* command = parent.add_subcommand(name, description);
    command->fallthrough();
    command->final_callback([this, &arguments] { result_.command = arguments; });
    return command;
  }

  void add_upload() {
    auto* command =
        add_command(app_, "upload", "uploads files now; without a FILE all that waits in the spool", upload_);
    command->add_option("FILE", upload_.files, "files to upload; they stay where they are");
    command->add_option("--type", upload_.type, "folder on the beacon")->type_name("TYPE")->capture_default_str();
    command->add_flag("--remove", upload_.remove, "removes each file once it is delivered");
  }

  void add_download() {
    auto* command = add_command(app_, "download", "fetches one resource below the download location", download_);
    command->add_option("PATH", download_.path, "path below the download location")->required();
    command->add_option("-O", download_.output, "where to; '-' is standard output")->type_name("FILE");
  }

  void add_beacons() {
    auto* command = add_command(app_, "beacons", "lists the beacons in the order of choice, measured", beacons_);
    static const std::map<std::string, beacon::Direction> directions{{"upload", beacon::Direction::upload},
                                                                     {"download", beacon::Direction::download}};
    command->add_option("--for", beacons_.direction, "upload (default) or download")
        ->transform(CLI::CheckedTransformer(directions, CLI::ignore_case))
        ->type_name("DIRECTION");
    command->add_flag("--fresh", beacons_.fresh, "measures now, whatever is known already");
  }

  void add_collect() {
    auto* command = add_command(app_, "collect", "takes the inventory of this device", collect_);
    static const std::map<std::string, inventory::Format> formats{{"glpi", inventory::Format::glpi},
                                                                  {"cyclonedx", inventory::Format::cyclonedx}};
    auto* output =
        command->add_option("-O", collect_.output, "where to; standard output without it")->type_name("FILE");
    command->add_option("--format", collect_.format, "glpi (default) or cyclonedx")
        ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
        ->type_name("FORMAT");
    command->add_option("--only", collect_.only, "collects these sections only: NAME,NAME")
        ->type_name("SECTIONS")
        ->allow_extra_args(false);
    command->add_option("--skip", collect_.skip, "leaves these sections out")
        ->type_name("SECTIONS")
        ->allow_extra_args(false);
    command->add_option("--root", collect_.root, "collects from the system that is mounted there")->type_name("DIR");
    command->add_flag("--discovery", collect_.discovery, "listening services and neighbours instead of the inventory");
    command->add_flag("--upload", collect_.upload, "uploads the result; an unchanged inventory only when one is due")
        ->excludes(output);
  }

  void add_config() {
    auto* config = app_.add_subcommand("config", "the preferences, each with where its value came from");
    config->require_subcommand(1);
    config->fallthrough();
    add_command(*config, "list", "all preferences", config_list_);
    add_command(*config, "check", "names every mistake", config_check_);
    auto* get = add_command(*config, "get", "one preference", config_get_);
    get->add_option("NAME", config_get_.name, "NAME or 'Section\\Name'")->required();
    auto* set = add_command(*config, "set", "writes one preference, keeping comments and order", config_set_);
    set->add_option("NAME", config_set_.name, "NAME (in ManageSoft\\Common) or 'Section\\Name'")->required();
    set->add_option("VALUE", config_set_.value, "its value")->required();
    auto* unset = add_command(*config, "unset", "removes one preference", config_unset_);
    unset->add_option("NAME", config_unset_.name, "NAME (in ManageSoft\\Common) or 'Section\\Name'")->required();
    auto* merge = add_command(*config, "merge", "sets all that a fragment of a config.ini has", config_merge_);
    merge->add_option("FILE", config_merge_.file, "the fragment")->required();
  }

  void add_password(CLI::App& command, PasswordArguments& password) {
    auto* file = command.add_option("--password-file", password.file, "file whose first line is the password")
                     ->type_name("FILE");
    command.add_option("--password-fd", password.descriptor, "descriptor to read the password from")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->excludes(file);
  }

  void add_cert() {
    auto* cert = app_.add_subcommand("cert", "the client certificate's whole life");
    cert->require_subcommand(1);
    cert->fallthrough();
    auto* show = add_command(*cert, "show", "what it says, and when it ends", cert_show_);
    show->add_flag("--all", cert_show_.all, "its chain as well");
    add_command(*cert, "check", "every reason here why a beacon would refuse it", cert_check_);
    constexpr const char* only_leaf = "leaves the certificates of its issuers out";
    auto* import = add_command(*cert, "import", "installs certificate and key from a .pfx", cert_import_);
    import->add_option("FILE", cert_import_.file, "PKCS#12 (.pfx, .p12)")->required();
    import->add_flag("--leaf-only", cert_import_.leaf_only, only_leaf);
    add_password(*import, cert_import_.password);
    auto* install = add_command(*cert, "install", "installs a certificate and its key", cert_install_);
    install->add_option("CERT", cert_install_.certificate, "certificate, PEM")->required();
    install->add_option("KEY", cert_install_.key, "its key, PEM; without it CERT answers a request");
    install->add_flag("--leaf-only", cert_install_.leaf_only, only_leaf);
    add_password(*install, cert_install_.password);
    auto* request = add_command(*cert, "request", "makes a key here and a request for a CA", cert_request_);
    request->add_option("-O", cert_request_.output, "where to; standard output without it")->type_name("FILE");
    request->add_option("--subject", cert_request_.subject, "CN=device,O=Example; the device's name without it");
    request->add_option("--dns", cert_request_.dns, "DNS name, repeatable; the host's names without it")
        ->type_name("NAME")
        ->allow_extra_args(false);
    request->add_flag("--rsa", cert_request_.rsa, "RSA with 3072 bits instead of EC P-256");
    auto* exported = add_command(*cert, "export-unix", "the two files for another machine, from a .pfx", cert_export_);
    exported->add_option("FILE", cert_export_.file, "PKCS#12 (.pfx, .p12)")->required();
    exported->add_option("-O", cert_export_.folder, "folder for client_cert.pem and client_key.pem")
        ->type_name("DIR")
        ->required();
    exported->add_flag("--leaf-only", cert_export_.leaf_only, only_leaf);
    add_password(*exported, cert_export_.password);
  }

  std::string reason_of(const CLI::ParseError& error) {
    const auto unknown = app_.remaining();
    if (!app_.get_subcommands().empty()) return error.what();
    return unknown.empty() ? "a command is missing" : "there is no command '" + unknown.front() + "'";
  }

  std::string shown_help() {
    const CLI::App* shown = &app_;
    for (auto chosen = shown->get_subcommands(); !chosen.empty(); chosen = shown->get_subcommands()) {
      shown = chosen.front();
    }
    return shown->help();
  }

  CLI::App app_;
  Arguments result_;
  std::size_t verbose_ = 0;
  std::size_t quiet_ = 0;
  RunArguments run_;
  StatusArguments status_;
  DoctorArguments doctor_;
  AdoptArguments adopt_;
  RolloutArguments rollout_;
  CollectArguments collect_;
  UploadArguments upload_;
  DownloadArguments download_;
  BeaconsArguments beacons_;
  ConfigListArguments config_list_;
  ConfigCheckArguments config_check_;
  ConfigGetArguments config_get_;
  ConfigSetArguments config_set_;
  ConfigUnsetArguments config_unset_;
  ConfigMergeArguments config_merge_;
  CertShowArguments cert_show_;
  CertCheckArguments cert_check_;
  CertImportArguments cert_import_;
  CertInstallArguments cert_install_;
  CertExportArguments cert_export_;
  CertRequestArguments cert_request_;
};

}  // namespace

std::variant<Arguments, Answer> parse(int argc, const char* const* argv) { return Grammar().parse(argc, argv); }

}  // namespace muster::cli
