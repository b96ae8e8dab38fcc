#include <fmt/core.h>

#include <filesystem>

#include "agent/certificate/install.h"
#include "agent/cli/certificate_places.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/config/editor.h"
#include "agent/config/identity_use.h"
#include "platform/file.h"
#include "platform/log.h"
#include "platform/private_file.h"
#include "platform/terminal.h"
#include "ssl/credential_store.h"

namespace muster::cli {
namespace {

ssl::IdentityFiles source_of(const std::string& certificate, const std::string& key,
                             const PasswordArguments& password) {
  ssl::IdentityFiles files;
  files.certificate = certificate;
  files.key = key;
  files.key_password_file = password.file;
  files.typed = true;

  files.ask_key_password = [descriptor = password.descriptor,
                            asked_for = key.empty() ? certificate : key]() -> Result<Secret> {
    if (descriptor >= 0) return platform::read_secret(descriptor);
    auto answer = platform::ask_secret("Password of " + asked_for + ": ");
    if (!answer) answer.error().remedy = "give --password-file with a file whose first line is the password";
    return answer;
  };
  return files;
}

Result<ssl::PemPair> read_pair(const ssl::IdentityFiles& files, bool leaf_only) {
  return ssl::make_pem_pair(files, leaf_only ? ssl::WithChain::no : ssl::WithChain::yes, wall_now());
}

Status set_preferences(const config::Preferences& preferences, const certificate::Places& places) {
  const auto installed_but = [](const Error& error) {
    return fail(error.kind, "certificate and key are installed, but " + error.message, error.remedy);
  };

  const std::pair<const char*, std::string> values[] = {{"SSLClientCertificateFile", places.certificate.string()},
                                                        {"SSLClientPrivateKeyFile", places.key.string()},
                                                        {"AddClientCertificateAndKey", "True"}};
  for (const auto& [name, value] : values) {
    const auto address = config::address_of(name);
    if (!address) return tl::unexpected(address.error());
    if (auto set = config::set_value(preferences.file(), *address, value); !set) return installed_but(set.error());
  }

  auto unset = config::unset_password_of(preferences, places.key);
  return unset ? Status() : installed_but(unset.error());
}

// What the next upload and the next download will see. Where their section says something else, an administrator
// decided so: it is reported, not changed.
Status check_uses(const GlobalOptions& options, const certificate::Places& places) {
  const auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  const auto uses = config::identity_uses(*preferences);
  if (!uses) return tl::unexpected(uses.error());

  for (const config::IdentityUse& use : *uses) {
    if (use.files.certificate != places.certificate || use.files.key != places.key) {
      log::warning(fmt::format("{} use {} and {}, as a section of theirs says", use.of, use.files.certificate.string(),
                               use.files.key.string()));
    } else if (!use.shown) {
      log::warning(use.not_shown().line());
    } else if (const auto problems = ssl::Identity::problems_of(use.files, wall_now()); !problems.empty()) {
      return fail(problems.front());
    }
  }
  return {};
}

// Before anything is replaced: whether what is put there could be used.
Status check_places(const config::Preferences& preferences, const certificate::Places& places) {
  if (auto safe = platform::check_private_place(places.key); !safe) return safe;
  const std::filesystem::path folder = preferences.file().parent_path();
  if (folder.empty() || platform::absent(folder) || platform::may_write(folder)) return {};
  return fail(ErrorKind::local_file,
              fmt::format("cannot change {}: its folder cannot be written to", preferences.file().string()),
              "run as root, or name another file with --config");
}

// Both files, then the preferences.
Status put_into_use(const GlobalOptions& options, const config::Preferences& preferences,
                    const certificate::Places& places, const ssl::PemPair& pair) {
  if (auto safe = check_places(preferences, places); !safe) return safe;
  for (const Error& warning : pair.warnings) log::warning(warning.line());
  if (auto installed = certificate::install(pair, places); !installed) return installed;
  if (auto set = set_preferences(preferences, places); !set) return set;
  if (auto checked = check_uses(options, places); !checked) return checked;
  if (options.json) return print(json_of_files({places.certificate.string(), places.key.string()}));
  return print(fmt::format("installed {} and {}: {} {}\n", places.certificate.string(), places.key.string(),
                           pair.leaf.subject, ssl::expiry_in_words(pair.leaf, wall_now())));
}

std::string counted_subjects(const char* what, const std::vector<std::string>& subjects) {
  return subjects.empty() ? "" : fmt::format("; {}: {}", what, ssl::list_names(subjects, subjects.size()));
}

Status import_into_store(const GlobalOptions& options, const CertImportArguments& arguments) {
  const auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  const auto stored =
      ssl::import_into_store(source_of(arguments.file, "", arguments.password),
                             arguments.with_roots ? ssl::WithRoots::yes : ssl::WithRoots::no, wall_now());
  if (!stored) return tl::unexpected(stored.error());

  const auto address = config::address_of("AddClientCertificateAndKey");
  if (!address) return tl::unexpected(address.error());
  if (auto set = config::set_value(preferences->file(), *address, "True"); !set) return set;
  if (stored->key_problem) log::warning(stored->key_problem->line());
  if (!stored->left_out.empty()) {
    log::info(fmt::format("not imported: the root CA {}; --with-roots has this machine trust it",
                          ssl::list_names(stored->left_out, stored->left_out.size())));
  }

  if (options.json) {
    ssl::JudgedCandidate imported;
    imported.candidate.certificate = stored->leaf;
    imported.candidate.thumbprint = stored->thumbprint;
    imported.is_chosen = true;
    imported.reason = "imported";
    return print(json_of(std::vector{imported}));
  }

  return print(fmt::format("imported {} ({}), {}{}{}\n", stored->leaf.subject, stored->thumbprint,
                           ssl::expiry_in_words(stored->leaf, wall_now()),
                           counted_subjects("intermediate CAs", stored->intermediates),
                           counted_subjects("trusted root CAs", stored->roots)));
}

struct Target {
  config::Preferences preferences;
  certificate::Places places;
};

Result<Target> target_of(const GlobalOptions& options) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  auto places = certificate_places(*preferences);
  if (!places) return tl::unexpected(places.error());
  return Target{std::move(*preferences), std::move(*places)};
}

// The key that is given, or that of a request, or the one in use, for which the certificate was renewed.
Result<std::filesystem::path> key_for(const CertInstallArguments& arguments, const certificate::Places& places) {
  if (!arguments.key.empty()) return std::filesystem::path(arguments.key);
  auto waiting = certificate::waiting_key(places);
  if (!platform::absent(waiting)) return waiting;
  if (!platform::absent(places.key)) return places.key;
  return fail(ErrorKind::identity,
              fmt::format("there is no key for {}: neither {} nor {} exists", arguments.certificate, waiting.string(),
                          places.key.string()),
              "have it issued for a muster cert request, or give its key: muster cert install CERT KEY");
}

// A request is answered when its key is the one that was installed.
void remove_answered(const std::filesystem::path& waiting, const ssl::PemPair& pair) {
  constexpr std::uint64_t largest_key_file = 1 << 20;
  auto text = platform::read_file(waiting, largest_key_file);
  if (!text || Secret(std::move(*text)).reveal() != pair.key.reveal()) return;
  std::error_code problem;
  std::filesystem::remove(waiting, problem);
  if (problem) log::warning(fmt::format("cannot remove {}: {}", waiting.string(), platform::os_error(problem.value())));
}

}  // namespace

Status cert_import(const GlobalOptions& options, const CertImportArguments& arguments) {
  if (ssl::has_credential_store()) return import_into_store(options, arguments);
  auto target = target_of(options);
  if (!target) return tl::unexpected(target.error());
  const auto pair = read_pair(source_of(arguments.file, "", arguments.password), arguments.leaf_only);
  if (!pair) return tl::unexpected(pair.error());
  return put_into_use(options, target->preferences, target->places, *pair);
}

Status cert_install(const GlobalOptions& options, const CertInstallArguments& arguments) {
  auto target = target_of(options);
  if (!target) return tl::unexpected(target.error());

  if (ssl::is_pkcs12(arguments.certificate)) {
    return fail(ErrorKind::identity, fmt::format("{} is a PKCS#12 file (.pfx)", arguments.certificate),
                "use muster cert import");
  }

  const auto key = key_for(arguments, target->places);
  if (!key) return tl::unexpected(key.error());
  const auto pair = read_pair(source_of(arguments.certificate, key->string(), arguments.password), arguments.leaf_only);
  if (!pair) return tl::unexpected(pair.error());
  if (auto done = put_into_use(options, target->preferences, target->places, *pair); !done) return done;
  remove_answered(certificate::waiting_key(target->places), *pair);
  return {};
}

Status cert_export(const GlobalOptions& options, const CertExportArguments& arguments) {
  const auto pair = read_pair(source_of(arguments.file, "", arguments.password), arguments.leaf_only);
  if (!pair) return tl::unexpected(pair.error());
  const std::filesystem::path folder = arguments.folder;
  const std::filesystem::path certificate = folder / "client_cert.pem";
  const std::filesystem::path key = folder / "client_key.pem";
  if (auto written = certificate::install(*pair, {certificate, key}); !written) return written;
  if (options.json) return print(json_of_files({certificate.string(), key.string()}));
  return print(fmt::format("wrote {} and {}: {}\n", certificate.string(), key.string(), pair->leaf.subject));
}

}  // namespace muster::cli
