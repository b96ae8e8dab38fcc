#include "agent/service/renewal_report.h"

#include "agent/config/renewal_command.h"
#include "agent/config/settings.h"
#include "agent/config/typed_reader.h"
#include "agent/schedule/next_due.h"
#include "platform/file.h"
#include "ssl/pem_pair.h"

namespace muster::service {
namespace {

bool is_shown(const config::Preferences& preferences) {
  return config::boolean(preferences, config::Component::upload, "AddClientCertificateAndKey").value_or(false);
}

// One that has expired, or whose key cannot be read, has a lifetime as well.
std::optional<certificate::Lifetime> lifetime_of(const ssl::IdentityFiles& files, WallTime now) {
  const auto described = ssl::describe(files, now);
  if (!described) return std::nullopt;
  return certificate::Lifetime{described->leaf.not_before, described->leaf.not_after};
}

}  // namespace

RenewalReport renewal_report(const config::Preferences& preferences, WallTime now) {
  RenewalReport report;
  const auto command = config::renewal_command(preferences);
  report.configured = !command || *command;
  if (!command) report.problem = command.error();
  if (!command || !*command) return report;

  const auto files = config::identity_files(preferences, config::Component::upload);
  if (!files) return report;  // a wrong preference, which is named elsewhere
  report.may_run = is_shown(preferences);
  report.certificate = files->certificate;
  report.lifetime = lifetime_of(*files, now);
  report.share = schedule::spread_share(config::machine_id(preferences), "certificate renewal");

  report.last = certificate::read_renewal_record(preferences.data_directory() / "state");
  const auto facts = platform::facts_at(files->certificate);
  const bool replaced_since = report.last && facts && facts->modified > report.last->time + seconds(1);
  if (report.last && !replaced_since) report.problem = report.last->problem;
  return report;
}

}  // namespace muster::service
