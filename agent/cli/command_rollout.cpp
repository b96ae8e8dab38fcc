// muster rollout: what a deployment staged for the installation is checked, put in its place and removed. Each file by
// itself: one that is refused stays where it is, and the others are taken over.
#include <fmt/core.h>

#include "agent/certificate/install.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/cli/rollout_modes.h"
#include "agent/config/answer_file.h"
#include "agent/config/editor.h"
#include "agent/config/identity_use.h"
#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"
#include "platform/service_control.h"
#include "platform/staged_file.h"
#include "ssl/digest.h"
#include "ssl/pem_pair.h"
#include "ssl/trust.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;
using platform::StagedFile;

constexpr std::size_t max_answer_file = std::size_t{64} * 1024;
constexpr std::size_t max_bundle = std::size_t{4} * 1024 * 1024;
constexpr unsigned readable_for_all = 0644;
constexpr unsigned private_to_root = 0600;

class Rollout {
 public:
  Rollout(const config::Preferences& preferences, fs::path staged)
      : staged_(std::move(staged)), config_(preferences.file()), data_(preferences.data_directory()) {}

  // The answers last, as they may say that no certificate is presented.
  Status take_all(const certificate::Places& places) {
    note(take_answers());
    note(take_bundle());
    note(take_pair(places));
    note(decide_certificate());
    note(record());
    if (!first_problem_) return {};
    return fail(*first_problem_);
  }

  const std::vector<std::string>& installed() const { return installed_; }

 private:
  // Every problem is one line; the first one becomes the exit code.
  void note(const Status& status) {
    if (status) return;
    if (first_problem_) log::error(first_problem_->line());
    first_problem_ = status.error();
  }

  Result<std::optional<StagedFile>> open(const char* name) const { return StagedFile::open(staged_ / name); }

  Status take_answers() {
    const auto file = open("mgsft_rollout_response");
    if (!file) return tl::unexpected(file.error());
    if (!*file) return {};

    const auto text = (*file)->read(max_answer_file);
    if (!text) return tl::unexpected(text.error());
    auto answers = config::read_answers(text->reveal(), (*file)->path().string());
    if (!answers) return tl::unexpected(answers.error());

    for (const std::string& warning : answers->warnings) log::warning(warning);
    if (!answers->fragment.empty()) {
      const auto merged = config::merge_text(config_, answers->fragment, (*file)->path());
      if (!merged) return tl::unexpected(merged.error());
      installed_.push_back(config_.string());
    }
    certificate_decided_ = answers->client_certificate_decided;
    pfx_password_ = std::move(answers->pfx_password);
    return (*file)->wipe_and_remove();
  }

  Status take_bundle() {
    const auto file = open("mgsft_rollout_cert");
    if (!file) return tl::unexpected(file.error());
    if (!*file) return {};

    const auto text = (*file)->read(max_bundle);
    if (!text) return tl::unexpected(text.error());

    ssl::TrustSettings settings;
    settings.revocation = ssl::RevocationCheck::off;
    settings.ca_file = (*file)->checked_path();
    if (const auto trust = ssl::Trust::load(settings); !trust) {
      return fail(trust.error().kind,
                  fmt::format("{} is no bundle of CA certificates and stays there: {}", (*file)->path().string(),
                              trust.error().message),
                  "stage the certificates of the CAs that issued the beacons' certificates, as PEM");
    }

    const fs::path target = data_ / "etc" / "ssl" / "cert.pem";
    std::error_code problem;
    fs::create_directories(target.parent_path(), problem);  // a failure shows in the next line
    if (auto written = platform::write_file(target, text->reveal(), readable_for_all); !written) return written;
    installed_.push_back(target.string());
    return (*file)->wipe_and_remove();
  }

  Status take_pair(const certificate::Places& places) {
    const auto pfx = open("mgsft_rollout_client_pfx");
    if (!pfx) return tl::unexpected(pfx.error());
    const auto certificate = open("mgsft_rollout_client_cert");
    if (!certificate) return tl::unexpected(certificate.error());
    const auto key = open("mgsft_rollout_client_key");
    if (!key) return tl::unexpected(key.error());

    if (*pfx) return install_pair(**pfx, nullptr, places);
    if (*certificate && *key) return install_pair(**certificate, &**key, places);
    if (!*certificate && !*key) return {};
    return fail(ErrorKind::identity,
                fmt::format("{} is ignored: {}", (*certificate ? **certificate : **key).path().string(),
                            *certificate ? "its key is not staged" : "its certificate is not staged"),
                "stage both, mgsft_rollout_client_cert and mgsft_rollout_client_key");
  }

  Status install_pair(const StagedFile& certificate, const StagedFile* key, const certificate::Places& places) {
    ssl::IdentityFiles files;
    files.certificate = certificate.checked_path();
    if (key != nullptr) files.key = key->checked_path();
    files.typed = true;
    files.ask_key_password = [this]() -> Result<Secret> {
      if (!pfx_password_.empty()) return Secret(std::string(pfx_password_.reveal()));
      return fail(ErrorKind::identity, "no password is staged", "write MGSFT_CLIENT_PFX_PASSWORD into the answer file");
    };

    const auto pair = ssl::make_pem_pair(files, ssl::WithChain::yes, wall_now());
    if (!pair) {
      return fail(
          pair.error().kind,
          fmt::format("{} is not installed and stays there: {}", certificate.path().string(), pair.error().message),
          pair.error().remedy);
    }

    if (auto installed = certificate::install(*pair, places); !installed) return installed;
    installed_.push_back(places.certificate.string());
    installed_.push_back(places.key.string());
    has_pair_ = true;

    if (auto removed = certificate.wipe_and_remove(); !removed || key == nullptr) return removed;
    return key->wipe_and_remove();
  }

  // Who stages a certificate wants it to be presented, unless the answers say something else.
  Status decide_certificate() {
    if (!has_pair_ || certificate_decided_) return {};
    const auto address = config::address_of("AddClientCertificateAndKey");
    if (!address) return tl::unexpected(address.error());
    if (auto set = config::set_value(config_, *address, "True"); !set) return set;
    installed_.push_back(config_.string());
    return {};
  }

  // What was installed here, and how it looked: a purge removes it where it is unchanged.
  Status record() {
    if (installed_.empty()) return {};
    std::string text;
    for (const std::string& path : installed_) {
      const auto content = platform::read_file(path, max_bundle);
      if (!content) return tl::unexpected(content.error());
      text += fmt::format("{} {}\n", text::hex(ssl::sha256(*content)), path);
    }
    return platform::write_file(data_ / "etc" / ".muster-installed", text, private_to_root);
  }

  fs::path staged_;
  fs::path config_;
  fs::path data_;
  bool certificate_decided_ = false;
  bool has_pair_ = false;
  Secret pfx_password_;
  std::vector<std::string> installed_;
  std::optional<Error> first_problem_;
};

Status rollout_staged(const GlobalOptions& options, const std::string& folder) {
  const auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  const auto files = config::identity_files(*preferences, config::Component::upload);
  if (!files) return tl::unexpected(files.error());

  Rollout rollout(*preferences, folder);
  const Status taken = rollout.take_all({files->certificate, files->key});
  std::string text;
  for (const std::string& path : rollout.installed()) text += fmt::format("installed {}\n", path);
  const Status printed = options.json ? taken ? print(json_of_files(rollout.installed())) : Status() : print(text);
  return taken ? printed : taken;
}

}  // namespace

// The installer for Windows keeps a record of its own below the name of the record of staged files.
Status rollout(const GlobalOptions& options, const RolloutArguments& arguments) {
  if (!platform::controls_services()) return rollout_staged(options, arguments.folder);
  return arguments.undo ? rollout_undo(options) : rollout_properties(options, arguments.properties);
}

}  // namespace muster::cli
