// muster update: fetches and stages the update that is meant for this device. With --install, as root: verifies what is
// staged, installs it, and stays until the new version has shown that it works.
#include <fmt/core.h>

#include <algorithm>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/config/settings.h"
#include "agent/policy/update/check_record.h"
#include "agent/policy/update/installer.h"
#include "agent/policy/update/trust.h"
#include "agent/service/download_way.h"
#include "platform/base/text.h"
#include "platform/change_watch.h"
#include "platform/file.h"
#include "platform/file_lock.h"
#include "platform/host.h"
#include "platform/installed_package.h"
#include "platform/log.h"
#include "platform/root_alone.h"
#include "platform/wait.h"

namespace muster::cli {
namespace {

using update::Check;

constexpr std::chrono::minutes between_counts{1};  // of running time: a power cut loses so much
constexpr std::chrono::hours between_checks{1};    // once no running time counts any more: the agent's health decides

Status check_enabled(const config::Preferences& preferences) {
  const auto enabled = update::are_enabled(preferences);
  if (!enabled) return fail(enabled.error());
  if (*enabled) return {};
  return fail(ErrorKind::preference, "SoftwareUpdates is False", "set it to True to have releases installed");
}

Status report_on(const Check& check, const update::CheckRecord& record, const GlobalOptions& options) {
  if (check.result() == Check::Result::refused) {
    return fail(ErrorKind::refused, "the update is refused: " + in_words(check.refusal()),
                "have a good one put on the beacons; what is installed stays");
  }
  return print(options.json ? json_of(update::State{record, {}}) : text::printable(in_words(check)) + "\n");
}

Status fetch_update(const GlobalOptions& options) {
  const auto in_force = load_in_force(options);
  if (!in_force) return fail(in_force.error());
  if (auto enabled = check_enabled(in_force->preferences); !enabled) return enabled;
  auto rules = update::check_rules(*in_force);
  if (!rules) return fail(ErrorKind::refused, in_words(rules.error()), "see docs/updates.md");
  const auto way = service::DownloadWay::open(*in_force, password_source(options));
  if (!way) return fail(way.error());

  Check check(way->place(), std::move(*rules));
  policy::run(check, *way->channel->loop);
  way->session->selector().keep(wall_now());

  if (auto taken = update::take_up(check, wall_now()); !taken) return taken;
  if (check.result() != Check::Result::failed) {
    return report_on(check, update::read_check_record(check.rules().places), options);
  }
  return fail(way->failure_of(check.path(), check.error(), check.job()));
}

update::InstallerParts installer_parts(const config::Preferences& preferences) {
  const platform::InstalledPackage package = platform::installed_package("muster");
  update::InstallerParts parts;
  parts.places.data = preferences.data_directory();
  parts.device = {config::machine_id(preferences), package.platform, {}};
  parts.program = platform::running_program();
  parts.keys = [&preferences]() -> tl::expected<update::Keys, update::Refusal> {
    return update::load_keys(preferences, update::Checked::as_root);
  };

  parts.install = [kind = package.kind](const std::filesystem::path& file) {
    return platform::install_package(kind, file, [](std::string_view line) { log::info(text::printable(line)); });
  };
  parts.installed_number = update::installed_number;
  parts.now = wall_now;
  return parts;
}

// Until the trial is decided: the agent writes its health, and time passes.
Status wait_for_trial(update::Installer& installer, const update::Places& places) {
  auto watch = platform::ChangeWatch::make();
  if (!watch) return fail(watch.error());
  SteadyTime counted_until = steady_now();
  seconds wait = between_counts;

  while (installer.is_on_trial()) {
    if (auto watched = watch->watch({places.staged()}); !watched) log::debug(watched.error().line());
    const SteadyTime now = steady_now();
    const bool is_due = now >= counted_until + wait;
    const auto ran = is_due ? std::chrono::floor<seconds>(now - counted_until) : seconds(0);
    counted_until += ran;
    if (auto checked = installer.check_trial(ran); !checked) return checked;

    if (!installer.is_on_trial()) break;
    if (installer.record().ran >= update::trial_time) wait = between_checks;
    const std::vector<const platform::UniqueFd*> handles{&watch->handle()};
    platform::wait_any(handles, counted_until + wait);
    static_cast<void>(watch->take_changes());
  }
  return {};
}

Status check_place(const update::Places& places) {
  if (!platform::is_superuser()) {
    return fail(ErrorKind::local_file, "only root installs updates",
                "run as root, or leave it to muster-update.service");
  }
  if (platform::absent(places.record())) {
    return fail(update::lost_record(fmt::format("{} does not exist", places.record().string())));
  }
  return platform::check_root_alone_writes(places.record());
}

// As root: without the applied policy, which the agent's account writes.
Status install_update(const GlobalOptions& options) {
  const auto preferences = config::Preferences::load(sources_of(options));
  if (!preferences) return fail(preferences.error());
  for (const std::string& warning : preferences->warnings()) log::warning(warning);
  const update::InstallerParts parts = installer_parts(*preferences);
  const update::Places places = parts.places;
  if (auto safe = check_place(places); !safe) return safe;

  const auto lock_file = places.own() / "lock";
  const auto lock = platform::FileLock::take(lock_file, milliseconds(0));
  if (!lock) {
    return fail(ErrorKind::failure,
                fmt::format("cannot lock {}: an update is being installed already, or is on trial", lock_file.string()),
                "wait for it: systemctl status muster-update");
  }
  // This run answers the request; one that could not have the lock leaves it. Its content is never read.
  std::error_code ignored;
  std::filesystem::remove(places.request(), ignored);

  // A step that was begun is finished, whatever the preference says by now.
  const auto before = update::read_installation(places);
  if (!before || before->step == update::Step::none) {
    if (auto enabled = check_enabled(*preferences); !enabled) return enabled;
  }

  update::Installer installer(parts);
  if (auto started = installer.start(); !started) return started;
  if (auto settled = wait_for_trial(installer, places); !settled) return settled;
  if (options.json) return print(json_of(update::State{update::read_check_record(places), installer.record()}));
  return print(text::printable(installer.record().result) + "\n");
}

}  // namespace

Status update(const GlobalOptions& options, const UpdateArguments& arguments) {
  return arguments.install ? install_update(options) : fetch_update(options);
}

}  // namespace muster::cli
