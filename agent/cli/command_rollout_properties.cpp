// muster rollout --property: what an installer was given becomes preferences and certificates. All or an error that
// says what was not done; values that are there and not given stay.
#include <fmt/core.h>

#include "agent/cli/installed_record.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/cli/rollout_modes.h"
#include "agent/config/answer_file.h"
#include "agent/config/editor.h"
#include "agent/config/installer_properties.h"
#include "agent/config/preference_store.h"
#include "agent/config/section_name.h"
#include "platform/atomic_file.h"
#include "platform/log.h"
#include "platform/service_folder.h"
#include "ssl/credential_store.h"
#include "ssl/trusted_roots.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;

constexpr unsigned private_to_root = 0600;

// In sentences.
struct Report {
  std::vector<std::string> done;
  std::vector<std::string> warnings;
};

class PropertyRollout {
 public:
  PropertyRollout(fs::path store, InstalledRecord record, Report& report)
      : store_(std::move(store)), record_(std::move(record)), report_(report) {}

  // Nothing is changed before every value has been judged.
  Status take(const config::InstallerProperties& properties) {
    const auto answers = config::read_answers(properties.answers, "properties");
    if (!answers) return tl::unexpected(answers.error());
    if (!answers->warnings.empty()) {
      return fail(ErrorKind::usage, answers->warnings.front(), "leave the property out");
    }
    auto fragment = config::read_fragment(answers->fragment, "properties");
    if (!fragment) return tl::unexpected(fragment.error());

    Status taken = take_root(properties.root_ca);
    if (taken) taken = take_pair(properties);
    if (taken && has_pair_ && !answers->client_certificate_decided) present_certificate(fragment->changes);
    if (taken) taken = take_settings(fragment->changes);
    const Status saved = record_.save();
    return taken ? saved : taken;
  }

 private:
  Status take_root(const std::string& file) {
    if (file.empty()) return {};
    const auto subjects = ssl::trust_roots(file);
    if (!subjects) return tl::unexpected(subjects.error());
    for (const std::string& subject : *subjects) {
      record_.add_kept("the CA certificate " + subject + " in the machine's store");
      report_.done.push_back("this machine trusts " + subject);
    }
    return {};
  }

  Status take_pair(const config::InstallerProperties& properties) {
    if (properties.client_pfx.empty()) return {};
    ssl::IdentityFiles files;
    files.certificate = properties.client_pfx;
    files.key_password_file = properties.client_pfx_password_file;
    files.typed = true;
    const auto stored = ssl::import_into_store(files, ssl::WithRoots::no, wall_now());
    if (!stored) return tl::unexpected(stored.error());

    record_.add_kept(
        fmt::format("the client certificate {} ({}) in the machine's store", stored->leaf.subject, stored->thumbprint));
    report_.done.push_back("imported " + stored->leaf.subject);
    if (stored->key_problem) report_.warnings.push_back(stored->key_problem->line());
    has_pair_ = true;
    return {};
  }

  // A certificate is given so that it is presented, unless the answers say something else.
  static void present_certificate(std::vector<config::Change>& changes) {
    changes.push_back({{std::string(config::section::common), "AddClientCertificateAndKey"}, "True"});
  }

  // A value that was there before is not ours to take back. Of a change that failed halfway, what was written is.
  Status take_settings(const std::vector<config::Change>& changes) {
    if (changes.empty()) return {};
    const auto before = config::read_store(store_, false);
    if (!before) return tl::unexpected(before.error());
    const auto changed = config::change_store(store_, changes);
    const auto after = config::read_store(store_, false);
    if (after) note_changes(changes, *before, *after);

    if (!changed) return tl::unexpected(changed.error());
    return after ? Status() : tl::unexpected(after.error());
  }

  void note_changes(const std::vector<config::Change>& changes, const config::RawPreferences& before,
                    const config::RawPreferences& after) {
    for (const auto& [address, value] : changes) {
      const bool is_set = config::value_at(after, address) == value;
      if (!is_set || config::value_at(before, address) == value) continue;
      record_.add_value(address, *value);
      report_.done.push_back(fmt::format("set {}\\{}", address.section, address.name));
    }
  }

  fs::path store_;
  InstalledRecord record_;
  Report& report_;
  bool has_pair_ = false;
};

// Windows Installer discards what a program prints.
void write_report(const fs::path& data, const Status& taken, const Report& report) {
  std::string text;
  for (const std::string& one : report.done) text += one + "\n";
  for (const std::string& one : report.warnings) text += "muster: warning: " + one + "\n";
  if (!taken) text += "muster: " + taken.error().line() + "\n";
  if (text.empty() || !platform::make_service_folder(data)) return;
  (void)platform::write_file(data / "installation.log", text, private_to_root);
}

Status take_all(const config::Preferences& preferences, const std::vector<std::string>& properties, Report& report) {
  const auto read = config::read_properties(properties);
  if (!read) return tl::unexpected(read.error());
  auto record = InstalledRecord::load(preferences.data_directory());
  if (!record) return tl::unexpected(record.error());
  return PropertyRollout(preferences.file(), std::move(*record), report).take(*read);
}

}  // namespace

Status rollout_properties(const GlobalOptions& options, const std::vector<std::string>& properties) {
  const auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  Report report;
  Status taken = take_all(*preferences, properties, report);
  write_report(preferences->data_directory(), taken, report);
  for (const std::string& warning : report.warnings) log::warning(warning);
  if (!taken) return taken;

  std::string text;
  for (const std::string& one : report.done) text += one + "\n";
  return print(options.json ? json_of_files(report.done) : text);
}

}  // namespace muster::cli
