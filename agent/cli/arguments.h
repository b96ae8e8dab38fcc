// What was typed, checked for form only.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/beacon/location.h"
#include "agent/inventory/finding.h"

namespace muster::cli {

struct GlobalOptions {
  std::string config;                  // --config; empty: the default file
  std::vector<std::string> overrides;  // -o
  bool json = false;
  int key_password_fd = -1;  // --key-password-fd; -1: none
  int verbosity = 0;         // -v counts up, -q down
};

struct UploadArguments {
  std::vector<std::string> files;
  std::optional<std::string> type;  // none: Inventories for files, every type of the spool
  bool remove = false;
};

struct RunArguments {};
struct StatusArguments {};

struct DownloadArguments {
  std::string path;
  std::string output;  // empty: base name of the path, here; "-": standard output
};

struct BeaconsArguments {
  beacon::Direction direction = beacon::Direction::upload;
  bool fresh = false;
};

struct DoctorArguments {
  bool probe_upload = false;
};

struct CollectArguments {
  std::string output = "-";  // "-": standard output
  inventory::Format format = inventory::Format::glpi;
  std::vector<std::string> only;  // section names, joined by ','
  std::vector<std::string> skip;
  std::string root = "/";
  bool discovery = false;
  bool upload = false;
  bool spool = false;  // puts it into the spool, for the agent to upload
};

struct PolicyArguments {
  bool dry_run = false;
};

struct UpdateArguments {
  bool install = false;  // root's step, of what is staged
};

struct AdoptArguments {};

struct RolloutArguments {
  std::string folder = "/var/tmp";      // on Linux
  std::vector<std::string> properties;  // NAME=VALUE, from the installer for Windows
  bool undo = false;                    // its removal
};

struct RenewRequestArguments {};
struct RenewRunArguments {};
struct RenewInstallArguments {};

struct ServiceInstallArguments {};
struct ServiceUninstallArguments {};
struct ServiceStartArguments {};
struct ServiceStopArguments {};

struct ConfigListArguments {};
struct ConfigCheckArguments {};

struct ConfigGetArguments {
  std::string name;
};

struct ConfigSetArguments {
  std::string name;
  std::string value;
};

struct ConfigUnsetArguments {
  std::string name;
};

struct ConfigMergeArguments {
  std::string file;
};

struct CertShowArguments {
  bool all = false;
};

struct CertCheckArguments {};

// Where a password comes from; neither: a person is asked where one is needed.
struct PasswordArguments {
  std::string file;
  int descriptor = -1;
};

struct CertImportArguments {
  std::string file;
  PasswordArguments password;
  bool leaf_only = false;
  bool with_roots = false;  // into a store of the system: the roots in the file become trusted
};

struct CertInstallArguments {
  std::string certificate;
  std::string key;  // empty: the answer to a request
  PasswordArguments password;
  bool leaf_only = false;
};

struct CertExportArguments {
  std::string file;
  std::string folder;
  PasswordArguments password;
  bool leaf_only = false;
};

struct CertRequestArguments {
  std::string output;            // empty or "-": standard output
  std::string subject;           // empty: CN= the name of this device
  std::vector<std::string> dns;  // empty: the host name
  bool rsa = false;
};

using Command =
    std::variant<RunArguments, StatusArguments, UploadArguments, DownloadArguments, BeaconsArguments,
                 ConfigListArguments, ConfigCheckArguments, ConfigGetArguments, ConfigSetArguments,
                 ConfigUnsetArguments, ConfigMergeArguments, CertShowArguments, CertCheckArguments, CertImportArguments,
                 CertInstallArguments, CertExportArguments, CertRequestArguments, DoctorArguments, PolicyArguments,
                 UpdateArguments, AdoptArguments, RolloutArguments, CollectArguments, ServiceInstallArguments,
                 ServiceUninstallArguments, ServiceStartArguments, ServiceStopArguments, RenewRequestArguments,
                 RenewRunArguments, RenewInstallArguments>;

struct Arguments {
  GlobalOptions global;
  Command command;
};

// Nothing to run: a text for standard output (--help, --version), or the reason why the words are wrong.
struct Answer {
  std::string text;
  bool wrong = false;
};

std::variant<Arguments, Answer> parse(int argc, const char* const* argv);

}  // namespace muster::cli
