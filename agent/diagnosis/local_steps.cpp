#include "agent/diagnosis/local_steps.h"

#include <fmt/core.h>

#include "agent/policy/update/trust.h"
#include "agent/policy/update/words.h"
#include "agent/policy/words.h"
#include "agent/service/renewal_report.h"
#include "agent/spool/backlog.h"
#include "platform/file.h"
#include "platform/host.h"
#include "ssl/backend.h"

namespace muster::diagnosis {
namespace {

// A folder of the data directory that the service writes to.
Finding folder_step(const char* step, const std::filesystem::path& folder) {
  auto existing = folder;
  while (platform::absent(existing) && existing.has_relative_path()) existing = existing.parent_path();

  std::error_code problem;
  if (const auto kind = std::filesystem::status(existing, problem).type();
      kind != std::filesystem::file_type::directory && kind != std::filesystem::file_type::none) {
    return bad(step, {ErrorKind::local_file, fmt::format("{} is not a folder", existing.string()),
                      "move it away: the folder is made when it is needed"});
  }

  if (platform::may_write(existing)) {
    return good(step, existing == folder ? fmt::format("{} can be written to", folder.string())
                                         : fmt::format("{} can be made when it is needed", folder.string()));
  }
  return unseen(step, fmt::format("{} cannot be written to by this user: {} to see more", existing.string(),
                                  platform::how_to_gain_rights()));
}

Findings spool_steps(const std::filesystem::path& folder) {
  if (platform::absent(folder)) return {};
  auto spool = spool::Spool::open(folder, false);
  if (!spool && !platform::may_write(folder)) return {unseen("spool", spool.error().message)};
  if (!spool) return {bad("spool", spool.error())};
  const spool::Backlog backlog = spool::backlog_of(**spool);
  Findings findings{good("spool", fmt::format("{} waiting, {} set aside", backlog.waiting, backlog.set_aside))};
  for (const Error& problem : backlog.problems) findings.push_back(bad("spool", problem));
  return findings;
}

}  // namespace

Findings preference_steps(const config::Preferences& preferences) {
  Findings findings;
  for (const config::Mistake& mistake : preferences.check()) {
    findings.push_back(
        bad("preferences", {ErrorKind::preference, mistake.origin + ": " + mistake.text, mistake.remedy}));
  }

  const std::string file = preferences.file().string();
  if (!preferences.file_exists()) {
    findings.push_back(bad("preferences", {ErrorKind::preference, fmt::format("{} does not exist", file),
                                           "make it with muster config merge, or use --config"}));
  } else if (findings.empty()) {
    findings.push_back(good("preferences", fmt::format("{} has no mistakes", file)));
  }

  for (const std::string& warning : preferences.warnings()) findings.push_back(unseen("preferences", warning));
  return findings;
}

Findings policy_steps(const policy::InForce& in_force) {
  const policy::Record& record = in_force.record;
  const std::string& lapsed = in_force.lapsed;
  if (!in_force.seen)
    return {unseen("policy", fmt::format("{}: {} to see more", lapsed, platform::how_to_gain_rights()))};

  const std::string words = policy::record_in_words(record, lapsed);
  const std::string remedy = "run: muster policy; or correct what was set by hand since";
  Findings findings{lapsed.empty() ? good("policy", words) : bad("policy", {ErrorKind::failure, words, remedy})};
  for (const std::string& line : policy::trial_lines(record, lapsed)) findings.push_back(good("policy", line));
  if (!record.refusal.empty()) {
    findings.push_back(bad("policy", {ErrorKind::failure, "the last policy was refused: " + record.refusal,
                                      "correct it on the beacon; what was applied before stays"}));
  }
  return findings;
}

Findings update_steps(const config::Preferences& preferences) {
  const auto enabled = update::are_enabled(preferences);
  if (!enabled || !*enabled) return {};  // a wrong word is a mistake of the preferences
  const update::State state = update::read_state({preferences.data_directory()});
  Findings findings;
  for (const std::string& line : update::lines_of(state)) findings.push_back(good("updates", line));

  if (const auto keys = update::load_keys(preferences, update::Checked::as_user); !keys) {
    findings.push_back(bad("updates", {ErrorKind::failure, in_words(keys.error()), "see docs/updates.md"}));
  }
  const std::string refusal = update::refusal_of(state);
  if (!refusal.empty()) {
    findings.push_back(bad("updates", {ErrorKind::failure, "the last update was refused: " + refusal,
                                       "correct it on the beacon; what is installed stays"}));
  }
  if (findings.empty()) findings.push_back(good("updates", "none is pending"));
  return findings;
}

Findings path_steps(const config::Preferences& preferences) {
  const auto data = preferences.data_directory();
  Findings findings{folder_step("state", data / "state"), folder_step("uploads", data / "uploads")};
  for (Finding& finding : spool_steps(data / "uploads")) findings.push_back(std::move(finding));
  return findings;
}

// A clock that is behind makes certificates "not yet valid", and CRLs, which would be reported first.
Findings clock_steps(const config::Preferences& preferences, const config::TransferSettings& settings) {
  constexpr std::chrono::hours forgiven{24};
  std::vector<std::filesystem::path> files{preferences.file(), settings.trust.ca_file};  // where they are files
  if (settings.identity) files.push_back(settings.identity->certificate);

  const WallTime now = wall_now();
  for (const auto& file : files) {
    const auto facts = platform::facts_at(file);
    if (!facts || facts->modified <= now + forgiven) continue;
    return {bad("clock", {ErrorKind::failure,
                          fmt::format("this machine's clock says {}, but {} was written {}", iso8601(now),
                                      file.string(), iso8601(facts->modified)),
                          "set the clock; certificates are checked against it"})};
  }
  return {good("clock", fmt::format("plausible ({})", iso8601(now)))};
}

Findings identity_steps(const config::TransferSettings& settings, const service::PasswordSource& password,
                        Local& local) {
  if (!settings.identity) {
    return {unseen("identity", "no client certificate is sent: AddClientCertificateAndKey is False")};
  }

  ssl::IdentityFiles files = *settings.identity;
  if (password) files.ask_key_password = [password, key = files.key] { return password(key); };
  const WallTime now = wall_now();
  auto identity = ssl::Identity::load(files, now);

  if (identity) {
    local.identity = std::move(*identity);
    const ssl::CertificateSummary& leaf = local.identity->leaf();
    Findings findings{good("identity", fmt::format("{}, issued by {}, {}, {}", leaf.subject, leaf.issuer, leaf.key_type,
                                                   ssl::expiry_in_words(leaf, now)))};
    for (const Error& warning : local.identity->warnings()) findings.push_back(unseen("identity", warning.line()));

    for (const ssl::CertificateSummary& issuer : local.identity->chain()) {
      if (now >= issuer.not_before && now <= issuer.not_after) continue;
      findings.push_back(
          unseen("identity", fmt::format("its issuer {} is only valid from {} to {}; the beacons' answers "
                                         "show whether that is accepted",
                                         issuer.subject, iso8601(issuer.not_before), iso8601(issuer.not_after))));
    }
    return findings;
  }

  local.identity_broken = true;
  Findings findings;
  for (const Error& problem : ssl::Identity::problems_of(files, now)) findings.push_back(bad("identity", problem));
  return findings;
}

Findings renewal_steps(const config::Preferences& preferences) {
  const service::RenewalReport renewal = service::renewal_report(preferences, wall_now());
  if (!renewal.configured) return {};
  if (renewal.problem) return {bad("renewal", *renewal.problem)};
  if (!renewal.may_run) {
    return {
        unseen("renewal", "no client certificate is sent, and none is renewed: AddClientCertificateAndKey is False")};
  }
  if (!renewal.lifetime) return {};  // named as the identity

  const WallTime first = certificate::first_request(*renewal.lifetime, renewal.share);
  return {good("renewal", fmt::format("by CertificateRenewCommand, from {} on", iso8601(first)))};
}

Findings trust_steps(const config::TransferSettings& settings, Local& local) {
  auto trust = ssl::Trust::load(settings.trust);
  if (!trust) return {bad("trust", trust.error())};
  local.trust = std::move(*trust);

  ssl::EvidenceRules rules = settings.evidence.rules;
  rules.read_only = true;
  local.evidence = ssl::Evidence::make(std::move(rules));

  Findings findings;
  if (local.identity) {
    for (const Error& revoked : local.identity->revocations(*local.trust)) findings.push_back(bad("identity", revoked));
  }

  if (!settings.trust.check_server) {
    return {unseen("trust", "any server is accepted as a beacon: CheckServerCertificate is False")};
  }

  const char* revocation = "revoked ones are refused";
  if (settings.trust.revocation == ssl::RevocationCheck::off) revocation = "whether they are revoked is not checked";
  if (settings.trust.revocation == ssl::RevocationCheck::best_effort)
    revocation = "revoked ones are refused where that is known";
  const std::string words =
      fmt::format("trusted CAs: those in {}; {}", ssl::place_of_roots(settings.trust), revocation);

  const bool is_protected = settings.trust.revocation != ssl::RevocationCheck::off;
  findings.push_back(is_protected ? good("trust", words) : unseen("trust", words));
  return findings;
}

}  // namespace muster::diagnosis
