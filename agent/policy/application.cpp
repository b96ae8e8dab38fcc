#include "agent/policy/application.h"

#include "agent/policy/envelope.h"
#include "agent/policy/policy_key.h"
#include "agent/policy/record_file.h"
#include "platform/base/text.h"
#include "ssl/digest.h"

namespace muster::policy {
namespace {

Result<Arrival> open_arrival(const Fetched& fetched, const std::string& key, const ByHand& by_hand) {
  const auto opened = open_envelope(fetched.content, key);
  if (!opened) return fail(opened.error());

  Arrival arrival;
  auto document = read_document(opened->document);
  if (!document) return fail(document.error());
  if (auto judged = judge(*document, by_hand, is_public_suffix); !judged) return fail(judged.error());
  arrival.document = std::move(*document);
  arrival.digest = text::hex(ssl::sha256(opened->document));
  if (opened->is_signed) arrival.key = text::hex(key);
  arrival.source = fetched.path + " at '" + fetched.location + "'";
  return arrival;
}

// What of two records this device follows.
std::vector<Change> changes_of(const Record& before, const Record& after, const InForce& loaded) {
  return changes_between(in_force(before).value_or(Document()), in_force(after).value_or(Document()), loaded);
}

Application refused(Record& record, std::string reason) {
  record.refusal = reason;
  Application result;
  result.result = Application::Result::refused;
  result.reason = std::move(reason);
  return result;
}

}  // namespace

Result<Application> apply(const Fetched& fetched, const InForce& loaded, Mode mode, WallTime now) {
  const auto key = policy_key(loaded.preferences);
  if (!key) return fail(key.error());
  const auto arrival = open_arrival(fetched, *key, loaded.by_hand);

  Application application;
  const auto change = [&](Record& record) -> Status {
    const Record before = record;
    record.asked_at = now;

    auto next = arrival ? take_up(record, *arrival, now) : Result<Record>(tl::unexpected(arrival.error()));
    if (!next) {
      application = refused(record, next.error().message);
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
