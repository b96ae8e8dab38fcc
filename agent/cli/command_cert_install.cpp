#include <fmt/core.h>

#include <filesystem>

#include "agent/certificate/install.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/config/editor.h"
#include "platform/file.h"
#include "platform/log.h"
#include "platform/new_private_file.h"
#include "platform/terminal.h"

namespace muster::cli {
namespace {

ssl::IdentityFiles source_of(const std::string& certificate, const std::string& key,
                             const PasswordArguments& password) {
  ssl::IdentityFiles files;
  files.certificate = certificate;
  files.key = key;
  files.key_password_file = password.file;
  files.ask_key_password = [descriptor = password.descriptor, asked_for = key.empty() ? certificate : key] {
    return descriptor >= 0 ? platform::read_secret(descriptor)
                           : platform::ask_secret("Password of " + asked_for + ": ");
  };
  return files;
}

Result<ssl::PemPair> read_pair(const ssl::IdentityFiles& files, bool leaf_only) {
  return ssl::make_pem_pair(files, leaf_only ? ssl::WithChain::no : ssl::WithChain::yes, wall_now());
}

Status set_preferences(const config::Preferences& preferences, const certificate::Places& places) {
  const std::pair<const char*, std::string> values[] = {{"SSLClientCertificateFile", places.certificate.string()},
                                                        {"SSLClientPrivateKeyFile", places.key.string()},
                                                        {"AddClientCertificateAndKey", "True"}};
  for (const auto& [name, value] : values) {
    const auto address = config::address_of(name);
    if (!address) return tl::unexpected(address.error());
    if (auto set = config::set_value(preferences.file(), *address, value); !set) {
      return fail(set.error().kind, "certificate and key are installed, but " + set.error().message, set.error().cure);
    }
  }
  return {};
}

// Both files, then the preferences, then what the next transfer will see.
Status put_into_use(const GlobalOptions& options, const config::Preferences& preferences,
                    const certificate::Places& places, const ssl::PemPair& pair) {
  if (auto installed = certificate::install(pair, places); !installed) return installed;
  if (auto set = set_preferences(preferences, places); !set) return set;
  auto now_used = load_preferences(options);
  if (!now_used) return tl::unexpected(now_used.error());
  auto files = config::identity_files(*now_used);
  if (!files) return tl::unexpected(files.error());
  files->key_password_file.clear();  // the installed key has none
  if (const auto problems = ssl::Identity::problems_of(*files, wall_now()); !problems.empty())
    return fail(problems.front());
  if (options.json) return print(json_of_files({places.certificate.string(), places.key.string()}));
  return print(fmt::format("installed {} and {}: {}, ends in {} days\n", places.certificate.string(),
                           places.key.string(), pair.leaf.subject, ssl::days_left(pair.leaf, wall_now())));
}

struct Target {
  config::Preferences preferences;
  certificate::Places places;
};

// A .pfx in place is not overwritten by a PEM text of another kind.
Result<Target> target_of(const GlobalOptions& options) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  auto files = config::identity_files(*preferences);
  if (!files) return tl::unexpected(files.error());
  const auto extension = files->certificate.extension();
  if (extension == ".pfx" || extension == ".p12") {
    return fail(ErrorKind::preference,
                fmt::format("SSLClientCertificateFile names {}, which is used in place", files->certificate.string()),
                "replace that file, or unset SSLClientCertificateFile first");
  }
  return Target{std::move(*preferences), {files->certificate, files->key}};
}

}  // namespace

Status cert_import(const GlobalOptions& options, const CertImportArguments& arguments) {
  auto target = target_of(options);
  if (!target) return tl::unexpected(target.error());
  const auto pair = read_pair(source_of(arguments.file, "", arguments.password), arguments.leaf_only);
  if (!pair) return tl::unexpected(pair.error());
  return put_into_use(options, target->preferences, target->places, *pair);
}

Status cert_install(const GlobalOptions& options, const CertInstallArguments& arguments) {
  auto target = target_of(options);
  if (!target) return tl::unexpected(target.error());
  const auto waiting = certificate::waiting_key(target->places);
  const bool answers_request = arguments.key.empty();
  // Renewed for the key that is in use: then no other one waits.
  const bool for_same_key = answers_request && platform::absent(waiting);
  const std::string key = !answers_request ? arguments.key : (for_same_key ? target->places.key : waiting).string();
  const auto pair = read_pair(source_of(arguments.certificate, key, arguments.password), arguments.leaf_only);
  if (!pair) return tl::unexpected(pair.error());
  if (auto done = put_into_use(options, target->preferences, target->places, *pair); !done) return done;
  std::error_code problem;
  if (answers_request && !for_same_key) std::filesystem::remove(waiting, problem);
  if (problem) log::warning(fmt::format("cannot remove {}: {}", waiting.string(), platform::os_error(problem.value())));
  return {};
}

Status cert_export(const GlobalOptions& options, const CertExportArguments& arguments) {
  const auto pair = read_pair(source_of(arguments.file, "", arguments.password), arguments.leaf_only);
  if (!pair) return tl::unexpected(pair.error());
  const std::filesystem::path folder = arguments.folder;
  const std::filesystem::path certificate = folder / "client_cert.pem";
  const std::filesystem::path key = folder / "client_key.pem";
  auto prepared = platform::prepare_private(certificate, pair->certificates);
  if (!prepared) return tl::unexpected(prepared.error());
  if (auto written = platform::write_private(key, pair->key.reveal()); !written) return written;
  if (auto placed = prepared->place(std::nullopt); !placed) return placed;
  if (options.json) return print(json_of_files({certificate.string(), key.string()}));
  return print(fmt::format("wrote {} and {}: {}\n", certificate.string(), key.string(), pair->leaf.subject));
}

}  // namespace muster::cli
