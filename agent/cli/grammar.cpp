#include "agent/cli/grammar.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/cli/help.h"
#include "agent/cli/usage_error.h"
#include "agent/cli/version.h"
#include "agent/config/preference_store.h"
#include "platform/base/text.h"
#include "platform/service_control.h"
#include "ssl/credential_store.h"

namespace muster::cli {
namespace {

void add_descriptor(CLI::App& command, const char* name, int& descriptor, const char* help) {
  auto read = [&descriptor, name](const std::string& typed) {
    const auto number = text::to_number(typed);
    if (!number || *number > std::numeric_limits<int>::max()) {
      throw WrongValue(name, "the number of an open file descriptor", typed);
    }
    descriptor = static_cast<int>(*number);
  };
  command.add_option_function<std::string>(name, read, help)->type_name("N");
}

// An option that takes one of two words.
template <class T>
CLI::Option* add_choice(CLI::App& command, const char* name, T& chosen, const std::pair<const char*, T>& first,
                        const std::pair<const char*, T>& second, const char* help) {
  auto read = [=, &chosen](const std::string& typed) {
    for (const auto& [word, meaning] : {first, second}) {
      if (!text::equal_ignoring_case(typed, word)) continue;
      chosen = meaning;
      return;
    }
    throw WrongValue(name, std::string(first.first) + " or " + second.first, typed);
  };
  return command.add_option_function<std::string>(name, read, help)
      ->type_name(std::string(first.first) + "|" + second.first);
}

// The commands that `app` expects before its own arguments: "get" for "config".
bool expects_command(const CLI::App& app) { return app.get_require_subcommand_min() > 0; }

const CLI::Option* option_named(const CLI::App& app, const std::string& word) {
  if (const CLI::Option* own = app.get_option_no_throw(word)) return own;
  return app.get_parent() == nullptr ? nullptr : option_named(*app.get_parent(), word);
}

const CLI::App* command_named(const CLI::App& app, const std::string& word) {
  const auto commands = app.get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
  return commands.empty() ? nullptr : commands.front();
}

}  // namespace

Grammar::Grammar() : app_("Uploads and downloads files to and from inventory beacons over mutual TLS", "muster") {
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.set_version_flag("--version", "");
  app_.footer(
      "Exit status: 0 done, 1 failure, 2 usage, 3 preference, 4 client certificate, 5 beacon not trusted,\n"
      "6 no beacon reached, 7 refused, 8 local file, 9 some failed. See muster(1).");

  add_global_options();
  add_transfers();
  add_observers();
  add_deployment();
  add_renew();
  add_service();
  add_collect();
  add_config();
  add_cert();
}

std::variant<Arguments, Answer> Grammar::parse(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  words = with_command_before_separator(std::move(words));
  std::reverse(words.begin(), words.end());  // as CLI11 takes them

  try {
    app_.parse(words);
  } catch (const CLI::CallForHelp&) {
    return Answer{help_of(app_), false};
  } catch (const CLI::CallForVersion&) {
    return Answer{version_text(), false};
  } catch (const CLI::ParseError& error) {
    return Answer{usage_error(error, app_), true};
  }

  result_.global.verbosity = static_cast<int>(verbose_) - static_cast<int>(quiet_);
  return result_;
}

// "--" before the command: what follows are still the command and its operands, and none of them is an option.
std::vector<std::string> Grammar::with_command_before_separator(std::vector<std::string> words) const {
  const CLI::App* command = &app_;
  std::size_t i = 0;
  for (; i < words.size() && words[i] != "--"; ++i) {
    const CLI::Option* const option = words[i].starts_with('-') ? option_named(*command, words[i]) : nullptr;
    if (option != nullptr && option->get_items_expected_max() > 0) ++i;
    if (option != nullptr || words[i].starts_with('-') || !expects_command(*command)) continue;
    const CLI::App* const next = command_named(*command, words[i]);
    if (next == nullptr) return words;
    command = next;
  }

  while (i + 1 < words.size() && expects_command(*command)) {
    const CLI::App* const next = command_named(*command, words[i + 1]);
    if (next == nullptr) break;
    std::swap(words[i], words[i + 1]);
    command = next;
    ++i;
  }
  return words;
}

template <class T>
CLI::App* Grammar::add_command(CLI::App& parent, const char* name, const char* description, T& arguments) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->fallthrough();
  command->final_callback([this, &arguments] { result_.command = arguments; });
  return command;
}

void Grammar::add_global_options() {
  GlobalOptions& global = result_.global;
  app_.add_option("--config", global.config,
                  fmt::format("Path of config.ini (default {})", config::default_store().string()))
      ->type_name("FILE");
  app_.add_option("-o", global.overrides,
                  "Overrides a preference for this run, or one section's with 'Section\\Name=VALUE'; repeatable")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);

  app_.add_flag("--json", global.json, "Prints JSON on standard output")->disable_flag_override();
  add_descriptor(app_, "--key-password-fd", global.key_password_fd, "File descriptor with the private key's password");
  app_.add_flag("-v", verbose_, "Shows the choice, way and status of transfers; -vv the heads on the wire too")
      ->disable_flag_override();
  app_.add_flag("-q", quiet_, "Quiet: prints errors only")->disable_flag_override();
}

void Grammar::add_transfers() {
  auto* upload =
      add_command(app_, "upload", "Uploads files now; without a FILE, everything in the spool", typed_.upload);
  upload->add_option("FILE", typed_.upload.files, "Files to upload; they stay where they are");
  upload
      ->add_option("--type", typed_.upload.type,
                   "Type folder on the beacon (default Inventories); without a FILE, the only type to send")
      ->type_name("TYPE");
  upload->add_flag("--remove", typed_.upload.remove, "Removes each FILE once it is delivered")->disable_flag_override();

  upload->footer(
      "Examples:\n"
      "  muster upload laptop.ndi\n"
      "  muster upload --type Discovery --remove net.disco\n"
      "  muster upload                 # sends the spool");

  auto* download = add_command(app_, "download", "Downloads one resource", typed_.download);
  download->add_option("PATH", typed_.download.path, "Path below the download location, such as Policies/default.json")
      ->required();
  download->add_option("-O", typed_.download.output, "File or folder to write to; '-' is standard output")
      ->type_name("FILE");
  download->footer(
      "Examples:\n"
      "  muster download Policies/default.json\n"
      "  muster download Policies/default.json -O -");
}

void Grammar::add_observers() {
  add_command(app_, "run", "Runs the agent in the foreground, as a service does", typed_.run);

  auto* beacons =
      add_command(app_, "beacons", "Lists the beacons in the order in which they would be tried", typed_.beacons);
  add_choice<beacon::Direction>(*beacons, "--for", typed_.beacons.direction, {"upload", beacon::Direction::upload},
                                {"download", beacon::Direction::download}, "Direction: upload (default) or download");
  beacons->add_flag("--fresh", typed_.beacons.fresh, "Measures every beacon now, ignoring cached results")
      ->disable_flag_override();

  add_command(app_, "status", "Shows waiting files, the last upload and when the certificate expires", typed_.status);

  auto* policy = add_command(app_, "policy", "Fetches the device policy and applies it now", typed_.policy);
  policy->add_flag("--dry-run", typed_.policy.dry_run, "Shows what would change, and changes nothing")
      ->disable_flag_override();

  auto* update = add_command(app_, "update", "Fetches and checks the update for this device now", typed_.update);
  update->add_flag("--install", typed_.update.install, "As root: installs what is staged, and waits until it works")
      ->disable_flag_override();

  auto* doctor = add_command(
      app_, "doctor", "Checks everything from preferences to each beacon and reports the first problem", typed_.doctor);
  doctor->add_flag("--probe-upload", typed_.doctor.probe_upload, "Also uploads a small file to Diagnostics")
      ->disable_flag_override();
}

void Grammar::add_deployment() {
  if (!platform::controls_services()) {  // elsewhere `service install` gives the service its rights
    add_command(app_, "adopt", "Gives the muster group read access to files deployed by root", typed_.adopt);
    auto* staged = add_command(app_, "rollout", "Installs the files that a deployment has staged", typed_.rollout);
    staged->add_option("--from", typed_.rollout.folder, "Folder of the staged files (default /var/tmp)")
        ->type_name("DIR");
    return;
  }

  auto* rollout = add_command(app_, "rollout", "Sets what an installer was given, or takes it back", typed_.rollout);
  auto* undo =
      rollout->add_flag("--undo", typed_.rollout.undo, "Removes what the installation made and names what stays");
  rollout->add_option("--property", typed_.rollout.properties, "Sets what properties of the installer say")
      ->type_name("NAME=VALUE")
      ->excludes(undo);
}

// Where the system does not renew certificates itself.
void Grammar::add_renew() {
  if (ssl::has_credential_store()) return;
  auto* renew = app_.add_subcommand("renew", "The steps of automatic renewal, which systemd's units run");
  renew->require_subcommand(1);
  renew->fallthrough();
  add_command(*renew, "request", "Makes a key that waits and the request for its certificate", typed_.renew_request);
  add_command(*renew, "run", "Runs CertificateRenewCommand with the request", typed_.renew_run);
  add_command(*renew, "install", "Checks the certificate that came of it and installs it", typed_.renew_install);
  renew->footer("Now instead of when it is due: systemctl start muster-renew");
}

// Where the program does this itself.
void Grammar::add_service() {
  if (!platform::controls_services()) return;
  auto* service = app_.add_subcommand("service", "Manages the service that runs the agent");
  service->require_subcommand(1);
  service->fallthrough();
  add_command(*service, "install", "Installs the service, or renews its settings", typed_.service_install);
  add_command(*service, "uninstall", "Stops the service and removes it", typed_.service_uninstall);
  add_command(*service, "start", "Starts the service and waits until it runs", typed_.service_start);
  add_command(*service, "stop", "Stops the service and waits until it has ended", typed_.service_stop);
}

void Grammar::add_collect() {
  auto* collect = add_command(app_, "collect", "Takes the inventory of this device", typed_.collect);
  auto* output = collect->add_option("-O", typed_.collect.output, "File to write to (default standard output)");
  output->type_name("FILE");
  add_choice<inventory::Format>(*collect, "--format", typed_.collect.format, {"glpi", inventory::Format::glpi},
                                {"cyclonedx", inventory::Format::cyclonedx}, "Format: glpi (default) or cyclonedx");

  collect->add_option("--only", typed_.collect.only, "Collects these sections only, joined by commas")
      ->type_name("SECTIONS")
      ->allow_extra_args(false);
  collect->add_option("--skip", typed_.collect.skip, "Leaves these sections out")
      ->type_name("SECTIONS")
      ->allow_extra_args(false);
  collect->add_option("--root", typed_.collect.root, "Collects from the system that is mounted there")
      ->type_name("DIR");

  collect
      ->add_flag("--discovery", typed_.collect.discovery, "Listening services and neighbours instead of the inventory")
      ->disable_flag_override();
  auto* upload = collect
                     ->add_flag("--upload", typed_.collect.upload,
                                "Uploads the result; an unchanged inventory only when one is due")
                     ->disable_flag_override()
                     ->excludes(output);
  collect->add_flag("--spool", typed_.collect.spool, "Leaves the result in the spool, for the agent to upload")
      ->disable_flag_override()
      ->excludes(output)
      ->excludes(upload);

  collect->footer(
      "Examples:\n"
      "  muster collect -O inventory.json\n"
      "  muster collect --only software --format cyclonedx\n"
      "  muster collect --upload");
}

void Grammar::add_config() {
  auto* config = app_.add_subcommand("config", "Shows and changes the preferences");
  config->require_subcommand(1);
  config->fallthrough();
  config->footer(
      "Examples:\n"
      "  muster config get NetworkTimeout\n"
      "  muster config set 'ManageSoft\\Common\\UploadSettings\\paris\\Host' beacon.example.com");

  constexpr const char* usual_section = "NAME (in ManageSoft\\Common) or 'Section\\Name'";
  add_command(*config, "list", "Lists all preferences, each with its origin", typed_.config_list);
  add_command(*config, "check", "Checks the preferences and reports every mistake", typed_.config_check);

  auto* get = add_command(*config, "get", "Prints one preference", typed_.config_get);
  get->add_option("NAME", typed_.config_get.name, "NAME or 'Section\\Name'")->required();

  auto* set = add_command(*config, "set", "Writes one preference; comments and order stay", typed_.config_set);
  set->add_option("NAME", typed_.config_set.name, usual_section)->required();
  set->add_option("VALUE", typed_.config_set.value, "The new value")->required();

  auto* unset = add_command(*config, "unset", "Removes one preference", typed_.config_unset);
  unset->add_option("NAME", typed_.config_unset.name, usual_section)->required();

  auto* merge = add_command(*config, "merge", "Merges a config.ini fragment", typed_.config_merge);
  merge->add_option("FILE", typed_.config_merge.file, "The fragment")->required();
}

void Grammar::add_password(CLI::App& command, PasswordArguments& password) {
  auto* file = command.add_option("--password-file", password.file, "File with the password in its first line")
                   ->type_name("FILE");
  add_descriptor(command, "--password-fd", password.descriptor, "File descriptor with the password");
  command.get_option("--password-fd")->excludes(file);
}

void Grammar::add_cert() {
  auto* cert = app_.add_subcommand("cert", "Manages the client certificate");
  cert->require_subcommand(1);
  cert->fallthrough();
  cert->footer(
      "Examples:\n"
      "  muster cert import device.pfx --password-file pw\n"
      "  muster cert request -O device.csr && muster cert install device.pem");

  auto* show = add_command(*cert, "show", "Shows the certificate and its expiry", typed_.cert_show);
  show->add_flag("--all", typed_.cert_show.all, "Shows its chain as well")->disable_flag_override();
  add_command(*cert, "check", "Checks the certificate for reasons a beacon would refuse it", typed_.cert_check);
  add_cert_sources(*cert);

  auto* request = add_command(*cert, "request", "Creates a private key and a certificate signing request (CSR)",
                              typed_.cert_request);
  request->add_option("-O", typed_.cert_request.output, "File for the CSR (default standard output)")
      ->type_name("FILE");

  request
      ->add_option("--subject", typed_.cert_request.subject,
                   "Subject such as CN=device,O=Example (default: this device's name)")
      ->type_name("NAME");
  request
      ->add_option("--dns", typed_.cert_request.dns,
                   "DNS name for the request; repeatable (default: this host's names)")
      ->type_name("NAME")
      ->allow_extra_args(false);

  request->add_flag("--rsa", typed_.cert_request.rsa, "RSA with 3072 bits instead of EC P-256")
      ->disable_flag_override();
}

void Grammar::add_cert_sources(CLI::App& cert) {
  constexpr const char* only_leaf = "Omits the intermediate certificates";
  constexpr const char* pkcs12 = "PKCS#12 file (.pfx, .p12)";

  auto* import = add_command(cert, "import", "Installs certificate and key from a .pfx", typed_.cert_import);
  import->add_option("FILE", typed_.cert_import.file, pkcs12)->required();
  import->add_flag("--leaf-only", typed_.cert_import.leaf_only, only_leaf)->disable_flag_override();
  if (ssl::has_credential_store()) {
    import->add_flag("--with-roots", typed_.cert_import.with_roots, "Has this machine trust the root CAs in the file")
        ->disable_flag_override();
  }
  add_password(*import, typed_.cert_import.password);

  auto* install = add_command(cert, "install", "Installs a certificate and its key", typed_.cert_install);
  install->add_option("CERT", typed_.cert_install.certificate, "Certificate (PEM)")->required();
  install->add_option("KEY", typed_.cert_install.key, "Private key (PEM); without it, CERT answers a request");
  install->add_flag("--leaf-only", typed_.cert_install.leaf_only, only_leaf)->disable_flag_override();
  add_password(*install, typed_.cert_install.password);

  auto* exported = add_command(cert, "export-unix", "Converts a .pfx into the two PEM files for another machine",
                               typed_.cert_export);
  exported->add_option("FILE", typed_.cert_export.file, pkcs12)->required();
  exported->add_option("-O", typed_.cert_export.folder, "Folder for client_cert.pem and client_key.pem")
      ->type_name("DIR")
      ->required();
  exported->add_flag("--leaf-only", typed_.cert_export.leaf_only, only_leaf)->disable_flag_override();
  add_password(*exported, typed_.cert_export.password);
}

std::variant<Arguments, Answer> parse(int argc, const char* const* argv) { return Grammar().parse(argc, argv); }

}  // namespace muster::cli
