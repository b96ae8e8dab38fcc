#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/certificate/expiry.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/config/identity_use.h"
#include "agent/config/typed_reader.h"
#include "platform/base/text.h"
#include "platform/log.h"
#include "ssl/backend.h"
#include "ssl/credential_store.h"
#include "ssl/pem_pair.h"

namespace muster::cli {
namespace {

void ask_for_password(ssl::IdentityFiles& files, const GlobalOptions& options) {
  files.ask_key_password = [source = password_source(options), key = files.key] { return source(key); };
}

Result<ssl::IdentityFiles> files_of(const config::Preferences& preferences, const GlobalOptions& options) {
  auto files = config::identity_files(preferences, config::Component::upload);
  if (files) ask_for_password(*files, options);
  return files;
}

std::string listed(const std::vector<std::string>& words, const char* none) {
  return words.empty() ? none : fmt::format("{}", fmt::join(words, ", "));
}

std::string in_words(const ssl::CertificateSummary& certificate) {
  std::string text = fmt::format(
      "subject      {}\n"
      "issuer       {}\n"
      "serial       {}\n",
      certificate.subject, certificate.issuer, certificate.serial);

  const auto& names = certificate.names;
  text += fmt::format(
      "names        {}\n"
      "usage        {}\n"
      "key          {}\n",
      names.empty() ? "none" : ssl::list_names(names, names.size()), listed(certificate.usage, "anything"),
      certificate.key_type);

  const auto shown = [](const std::string& date) { return date.empty() ? "an unreadable date" : date; };
  return text + fmt::format(
                    "valid        {} to {}\n"
                    "fingerprint  SHA-256 {}\n",
                    shown(certificate.begins), shown(certificate.ends), certificate.fingerprint);
}

std::string in_words(const CertificateReport& report) {
  const std::string expiry = report.leaf.ends.empty() ? "unknown" : ssl::expiry_in_words(report.leaf, wall_now());
  std::string text = in_words(report.leaf) + fmt::format("expiry       {}\nfrom         {}\n", expiry,
                                                         text::printable(report.certificate_file));
  for (const ssl::CertificateSummary& issuer : report.chain) text += "\n" + in_words(issuer);
  return text;
}

struct Checked {
  std::vector<Error> problems;
  std::optional<long> days;  // of the certificate that ends first
};

void check_files(const config::IdentityUse& use, const ssl::Trust* trust, long warning_days, Checked& checked) {
  const WallTime now = wall_now();
  const std::vector<Error> problems = ssl::Identity::problems_of(use.files, now, trust);
  if (const auto described = ssl::describe(use.files, now, trust)) {
    const long days = ssl::days_left(described->leaf, now);
    checked.days = std::min(days, checked.days.value_or(days));
    auto ending = certificate::expires_soon(described->leaf, use.files, warning_days, now);
    for (const Error& warning : described->warnings) log::warning(warning.line());
    if (problems.empty() && ending) checked.problems.push_back(std::move(*ending));
  }
  checked.problems.insert(checked.problems.end(), problems.begin(), problems.end());
}

// Each with the reason why it is shown to beacons or not.
Status show_store(const GlobalOptions& options, const ssl::StoreSelection& selection) {
  const auto judged = ssl::judge_store(selection, wall_now());
  if (!judged) return tl::unexpected(judged.error());
  if (options.json) return print(json_of(*judged));

  std::string text = judged->empty() ? "no certificate in the store\n" : "";
  for (const ssl::JudgedCandidate& one : *judged) {
    text += fmt::format("{}{}thumbprint   {}\nreason       {}\n", text.empty() ? "" : "\n",
                        in_words(one.candidate.certificate), one.candidate.thumbprint, one.reason);
  }
  return print(text);
}

}  // namespace

Status cert_show(const GlobalOptions& options, const CertShowArguments& arguments) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  auto files = files_of(*preferences, options);
  if (!files) return tl::unexpected(files.error());

  if (arguments.all && ssl::has_credential_store()) return show_store(options, files->selection);

  const WallTime now = wall_now();
  auto described = ssl::describe(*files, now);
  if (!described) return tl::unexpected(described.error());

  CertificateReport report;
  report.days_left = ssl::days_left(described->leaf, now);
  report.leaf = std::move(described->leaf);
  if (arguments.all || options.json) report.chain = std::move(described->others);
  report.certificate_file = ssl::place_of(*files);
  if (!ssl::has_credential_store()) report.key_file = files->key.string();
  return print(options.json ? json_of(report) : in_words(report));
}

Ended cert_check(const GlobalOptions& options) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  auto uses = config::identity_uses(*preferences);
  if (!uses) return tl::unexpected(uses.error());

  const auto warning_days = config::number(*preferences, config::Component::upload, "CertificateWarningDays");
  if (!warning_days) return tl::unexpected(warning_days.error());
  const auto settings = config::transfer_settings(*preferences, config::Component::upload);
  if (!settings) return tl::unexpected(settings.error());
  const auto trust = ssl::Trust::load(settings->trust);  // for its CRLs; that it cannot be loaded is no fault of ours

  Checked checked;
  for (std::size_t i = 0; i < uses->size(); ++i) {
    config::IdentityUse& use = (*uses)[i];
    ask_for_password(use.files, options);
    if (i == 0 || !use.files.are_those_of(uses->front().files)) {
      check_files(use, trust ? trust->get() : nullptr, static_cast<long>(*warning_days), checked);
    }
  }

  for (const config::IdentityUse& use : *uses) {
    if (!use.shown) checked.problems.push_back(use.not_shown());
  }

  const std::vector<Error>& problems = checked.problems;
  const std::optional<long> days = checked.days;
  if (options.json) {
    if (auto printed = print(json_of_check(days, problems)); !printed) return printed;
  }

  if (problems.empty()) {
    return options.json ? Status()
                        : print(fmt::format("{}: OK, valid for {} more days\n", ssl::place_of(uses->front().files),
                                            days.value_or(0)));
  }
  for (std::size_t i = 1; i < problems.size(); ++i) log::error(problems[i].line());
  return {fail(problems.front()), options.json};
}

}  // namespace muster::cli
