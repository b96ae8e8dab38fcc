#include "agent/policy/application.h"

#include "agent/policy/envelope.h"
#include "agent/policy/npl/selection.h"
#include "agent/policy/policy_key.h"
#include "agent/policy/record_file.h"
#include "platform/base/text.h"
#include "ssl/digest.h"

namespace muster::policy {
namespace {

Result<Arrival> from_json(const Fetched& fetched, const std::string& key, const ByHand& by_hand) {
  const auto opened = open_envelope(fetched.content, key);
  if (!opened) return fail(opened.error());
  auto document = read_document(opened->document);
  if (!document) return fail(document.error());
  if (auto judged = judge(*document, by_hand, is_public_suffix); !judged) return fail(judged.error());

  Arrival arrival;
  arrival.document = std::move(*document);
  arrival.digest = text::hex(ssl::sha256(opened->document));
  if (opened->is_signed) arrival.key = text::hex(key);
  return arrival;
}

// What is not used joins the list, also where the policy is refused. The digest is that of what is taken: another list
// of allowed domains makes another policy of the same files.
Result<Arrival> from_packages(const Fetched& fetched, const std::string& key, const ByHand& by_hand,
                              NotUsedList& not_used) {
  if (!fetched.refusal.empty()) return refuse(fetched.refusal);
  if (!key.empty()) return refuse("it is not signed, and PolicyKeyFile asks for a signature");
  Packages packages = *fetched.packages;
  Arrival arrival;
  arrival.document = permitted_document(packages, by_hand, is_public_suffix);
  not_used = std::move(packages.not_used);

  if (auto judged = judge(arrival.document, by_hand, is_public_suffix); !judged) return fail(judged.error());
  arrival.digest = text::hex(ssl::sha256(write_document(arrival.document)));
  return arrival;
}

// What of two records this device follows.
std::vector<Change> changes_of(const Record& before, const Record& after, const InForce& loaded) {
  return changes_between(in_force(before).value_or(Document()), in_force(after).value_or(Document()), loaded);
}

}  // namespace

Result<Application> apply(const Fetched& fetched, const InForce& loaded, Mode mode, WallTime now) {
  const auto key = policy_key(loaded.preferences);
  if (!key) return fail(key.error());

  Application application;
  const bool is_json = !fetched.packages && fetched.refusal.empty();
  auto arrival = is_json ? from_json(fetched, *key, loaded.by_hand)
                         : from_packages(fetched, *key, loaded.by_hand, application.not_used);
  if (arrival) arrival->source = fetched.path + " at '" + fetched.location + "'";
  const auto change = [&](Record& record) -> Status {
    const Record before = record;
    record.asked_at = now;

    auto next = arrival ? take_up(record, *arrival, now) : Result<Record>(tl::unexpected(arrival.error()));
    if (!next) {
      application.result = Application::Result::refused;
      application.reason = record.refusal = next.error().message;
    } else {
      // What was fetched through the former list proves nothing for the one that it brings.
      const bool proves = next->beacons == before.beacons;
      record = proves ? after_fetch(std::move(*next), fetched.location, loaded.by_hand) : std::move(*next);
      record.asked_at = now;

      application.changes = changes_of(before, record, loaded);
      const bool same = before.digest == record.digest && before.is_signed == record.is_signed;
      application.result = same ? Application::Result::unchanged : Application::Result::applied;
    }

    application.record = record;
    return {};
  };

  const auto state = loaded.preferences.data_directory() / "state";
  if (mode == Mode::dry_run) {
    Record record = loaded.record;
    static_cast<void>(change(record));
  } else if (auto changed = change_record(state, change); !changed) {
    return fail(changed.error());
  }
  return application;
}

Status record_missing(const config::Preferences& preferences, WallTime now) {
  return change_record(preferences.data_directory() / "state", [&](Record& record) -> Status {
    record.asked_at = now;
    return {};
  });
}

}  // namespace muster::policy
