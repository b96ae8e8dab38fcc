// muster renew: the steps of automatic renewal, each run by a unit of its own. The first and the last are root without
// the network; the one between has the network and the rights of the service.
#include <fmt/core.h>

#include "agent/certificate/install.h"
#include "agent/certificate/renewal_record.h"
#include "agent/cli/certificate_places.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/config/identity_use.h"
#include "agent/config/renewal_command.h"
#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/bounded_program.h"
#include "platform/file.h"
#include "platform/log.h"
#include "platform/private_file.h"
#include "platform/service_folder.h"
#include "platform/staged_file.h"
#include "ssl/certificate_request.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;
using platform::StagedFile;

constexpr std::chrono::minutes time_limit{5};
constexpr std::size_t max_answer = std::size_t{256} * 1024;
constexpr std::size_t max_request = std::size_t{64} * 1024;
constexpr unsigned readable_for_group = 0640;

struct Renewal {
  config::Preferences preferences;
  ssl::IdentityFiles files;  // the pair in use
  certificate::Places places;
  fs::path state;
  std::vector<std::string> command;
};

// Neither -o nor the applied policy counts, only the file.
Result<Renewal> open_renewal(const GlobalOptions& options) {
  if (!options.overrides.empty()) {
    return fail(ErrorKind::usage, "muster renew takes no -o: it follows the configuration file alone",
                "write the preference there");
  }
  auto preferences = config::Preferences::load(sources_of(options));
  if (!preferences) return tl::unexpected(preferences.error());
  auto command = config::renewal_command(*preferences);
  if (!command) return tl::unexpected(command.error());
  if (!*command) {
    return fail(ErrorKind::preference, fmt::format("{} sets no CertificateRenewCommand", preferences->file().string()),
                "set it as root: docs/certificates.md says how");
  }

  auto files = config::identity_files(*preferences, config::Component::upload);
  if (!files) return tl::unexpected(files.error());
  auto places = certificate_places(*preferences);
  if (!places) return tl::unexpected(places.error());
  const fs::path state = preferences->data_directory() / "state";
  return Renewal{std::move(*preferences), std::move(*files), std::move(*places), state, std::move(**command)};
}

// What went wrong in a step is kept for the agent, for status and for the doctor.
Status take_step(const GlobalOptions& options, Status (*step)(const GlobalOptions&, const Renewal&)) {
  const auto renewal = open_renewal(options);
  if (!renewal) return tl::unexpected(renewal.error());
  auto done = step(options, *renewal);
  if (done) return done;

  const auto kept = certificate::write_renewal_record(renewal->state, {wall_now(), done.error()});
  if (!kept) log::warning("the failure is not reported: " + kept.error().line());
  return done;
}

Status print_written(const GlobalOptions& options, const fs::path& file, const char* what) {
  if (options.json) return print(json_of_files({file.string()}));
  return print(fmt::format("{} {}\n", what, file.string()));
}

// Those of the certificate that is renewed; of this device where there is none that can be read.
ssl::RequestedNames names_for(const Renewal& renewal) {
  auto names = ssl::names_in(renewal.files, wall_now());
  if (names) return std::move(*names);
  if (!platform::absent(renewal.places.certificate)) log::warning(names.error().line());
  ssl::RequestedNames own;
  own.subject = {{"CN", config::machine_id(renewal.preferences)}};
  own.dns = own_dns_names();
  return own;
}

// RSA stays RSA: the CA may want it.
ssl::NewKey kind_for(const Renewal& renewal) {
  const auto described = ssl::describe(renewal.files, wall_now());
  const bool is_rsa = described && described->leaf.key_type.starts_with("RSA");
  return is_rsa ? ssl::NewKey::rsa_3072 : ssl::NewKey::ec_p256;
}

// The text of the request, for the key that waits or for a new one that waits from now on.
Result<std::string> request_text(const Renewal& renewal) {
  const fs::path waiting = certificate::waiting_key(renewal.places);
  if (auto safe = platform::check_private_place(waiting); !safe) return tl::unexpected(safe.error());
  if (!platform::absent(waiting)) return ssl::make_request_for(waiting, names_for(renewal));

  auto made = ssl::make_request(names_for(renewal), kind_for(renewal));
  if (!made) return tl::unexpected(made.error());
  if (auto written = platform::write_private(waiting, made->key.reveal()); !written) {
    return tl::unexpected(written.error());
  }
  return std::move(made->request);
}

Status make_request_step(const GlobalOptions& options, const Renewal& renewal) {
  const auto request = request_text(renewal);
  if (!request) return tl::unexpected(request.error());
  const fs::path file = certificate::waiting_request(renewal.places);
  if (auto written = platform::write_private(file, *request); !written) return written;
  return print_written(options, file, "the request is in");
}

Result<std::string> read_request(const fs::path& file) {
  const auto request = StagedFile::open(file);
  if (!request) return tl::unexpected(request.error());
  if (!*request) {
    return fail(ErrorKind::identity, fmt::format("no request is pending: {} does not exist", file.string()),
                "run as root: systemctl start muster-renew, which makes one first");
  }
  const auto text = (*request)->read(max_request);
  if (!text) return tl::unexpected(text.error());
  return std::string(text->reveal());
}

// The folder is the command's own: its home and where it starts.
Result<platform::BoundedProgram> program_for(const Renewal& renewal) {
  const fs::path request = certificate::waiting_request(renewal.places);
  auto text = read_request(request);
  if (!text) return tl::unexpected(text.error());
  const fs::path home = renewal.state / "renewal";
  if (auto made = platform::make_service_folder(home); !made) return tl::unexpected(made.error());
  std::error_code problem;
  fs::current_path(home, problem);
  if (problem) {
    return fail(ErrorKind::local_file, fmt::format("cannot enter {}: {}", home.string(), problem.message()),
                "let the group muster enter it");
  }

  const auto settings = config::transfer_settings(renewal.preferences, config::Component::upload);
  if (!settings) return tl::unexpected(settings.error());
  platform::BoundedProgram program;
  program.arguments = renewal.command;
  program.input = std::move(*text);
  program.environment = {{"HOME", home.string()},
                         {"MUSTER_REQUEST", request.string()},
                         {"MUSTER_CERTIFICATE", renewal.files.certificate.string()},
                         {"MUSTER_KEY", renewal.files.key.string()},
                         {"MUSTER_KEY_PASSWORD_FILE", renewal.files.key_password_file.string()},
                         {"MUSTER_CA_FILE", settings->trust.ca_file.string()}};
  program.time_limit = time_limit;
  program.max_output = max_answer;
  return program;
}

std::string last_line_of(const std::string& messages) {
  constexpr std::size_t max_line = 300;
  const auto lines = text::split(messages, '\n');
  return lines.empty() ? "" : ": " + lines.back().substr(0, max_line);
}

Status run_step(const GlobalOptions& options, const Renewal& renewal) {
  const auto program = program_for(renewal);
  if (!program) return tl::unexpected(program.error());
  const auto run = platform::run_bounded(*program);
  const std::string remedy = "see: journalctl -u muster-renew; then run it by hand as the user muster";
  if (!run) return fail(run.error().kind, "CertificateRenewCommand: " + run.error().message, "correct the preference");

  for (const std::string& line : text::split(run->messages, '\n')) log::info("the command: " + line);
  if (!run->ended) {
    return fail(ErrorKind::failure,
                "CertificateRenewCommand: " + run->ended.error().message + last_line_of(run->messages), remedy);
  }
  if (run->output.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return fail(ErrorKind::identity, "CertificateRenewCommand printed no certificate in PEM form", remedy);
  }

  const fs::path answer = certificate::renewal_answer(renewal.state);
  if (auto written = platform::write_file(answer, run->output, readable_for_group); !written) return written;
  return print_written(options, answer, "the answer is in");
}

// Read once, and gone whatever comes of it: the unit that waits for it would start again.
Result<Secret> take_answer(const fs::path& file) {
  const auto answer = StagedFile::open(file, StagedFile::Author::any);
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) {
    return fail(ErrorKind::identity, fmt::format("there is no answer to a request: {} does not exist", file.string()),
                "run as root: systemctl start muster-renew");
  }
  std::error_code problem;
  fs::remove(file, problem);
  return (*answer)->read(max_answer);
}

// From a copy that only root can change, so that what is judged is what is installed.
Result<ssl::PemPair> judge_answer(const Renewal& renewal, const Secret& answer) {
  const fs::path waiting = certificate::waiting_key(renewal.places);
  if (platform::absent(waiting)) {
    return fail(ErrorKind::identity, fmt::format("no key is pending: {} does not exist", waiting.string()),
                "run as root: systemctl start muster-renew, which makes one first");
  }

  fs::path copy = renewal.places.certificate;
  copy += ".renewed";
  if (auto written = platform::write_private(copy, answer.reveal()); !written) return tl::unexpected(written.error());
  ssl::IdentityFiles files;
  files.certificate = copy;
  files.key = waiting;
  files.typed = true;

  Result<ssl::PemPair> pair = fail(ErrorKind::identity, "it is a PKCS#12 file (.pfx)", "print PEM");
  if (!ssl::is_pkcs12(copy)) pair = ssl::make_pem_pair(files, ssl::WithChain::yes, wall_now());
  std::error_code problem;
  fs::remove(copy, problem);
  if (pair) return pair;
  return fail(ErrorKind::identity, "the answer to the renewal request is not installed: " + pair.error().message,
              pair.error().remedy);
}

Status install_step(const GlobalOptions& options, const Renewal& renewal) {
  const auto answer = take_answer(certificate::renewal_answer(renewal.state));
  if (!answer) return tl::unexpected(answer.error());
  const auto pair = judge_answer(renewal, *answer);
  if (!pair) return tl::unexpected(pair.error());
  for (const Error& warning : pair->warnings) log::warning(warning.line());

  const certificate::Places& places = renewal.places;
  if (auto safe = platform::check_private_place(places.key); !safe) return safe;
  if (auto installed = certificate::install(*pair, places); !installed) return installed;
  if (auto unset = config::unset_password_of(renewal.preferences, places.key); !unset) return unset;

  std::error_code problem;
  for (const fs::path& answered : {certificate::waiting_key(places), certificate::waiting_request(places)}) {
    fs::remove(answered, problem);
  }
  if (auto kept = certificate::write_renewal_record(renewal.state, {wall_now(), std::nullopt}); !kept) return kept;
  if (options.json) return print(json_of_files({places.certificate.string(), places.key.string()}));
  return print(fmt::format("installed {} and {}: {} {}\n", places.certificate.string(), places.key.string(),
                           pair->leaf.subject, ssl::expiry_in_words(pair->leaf, wall_now())));
}

}  // namespace

Status renew_request(const GlobalOptions& options) { return take_step(options, make_request_step); }
Status renew_run(const GlobalOptions& options) { return take_step(options, run_step); }
Status renew_install(const GlobalOptions& options) { return take_step(options, install_step); }

}  // namespace muster::cli
