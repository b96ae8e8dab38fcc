#include "agent/policy/record_file.h"

#include <fmt/core.h>

#include "agent/policy/json_members.h"
#include "platform/atomic_file.h"
#include "platform/file.h"
#include "platform/file_lock.h"
#include "platform/host.h"
#include "platform/log.h"
#include "platform/service_folder.h"

namespace muster::policy {
namespace {

constexpr std::uint64_t max_record = 16 * max_document_size;  // three documents, their quotes escaped
constexpr unsigned readable_for_group = 0640;
constexpr milliseconds lock_patience{5000};

JsonValue list_json(const BeaconLists& beacons) {
  Document document;
  document.beacons = beacons;
  return JsonValue::of(write_document(document));
}

JsonValue trial_json(const Trial& trial) {
  JsonValue value = JsonValue::object();
  value.add("ran_s", JsonValue::of(static_cast<std::uint64_t>(trial.ran.count())));
  value.add("uploaded", JsonValue::of(trial.uploaded));
  value.add("fetched", JsonValue::of(trial.fetched));
  return value;
}

std::optional<Trial> trial_in(JsonMembers& whole, Problem& problem) {
  const JsonValue* const value = whole.object("trial");
  if (value == nullptr) return std::nullopt;
  JsonMembers members(*value, "trial", problem);
  Trial trial;
  trial.ran = seconds(static_cast<seconds::rep>(members.number("ran_s", 0, max_exact_number, 0)));
  trial.uploaded = members.boolean("uploaded", false);
  trial.fetched = members.boolean("fetched", false);
  return trial;
}

// Documents are kept as texts: they are read by the reader that read them first.
std::optional<Document> document_in(JsonMembers& whole, std::string_view name) {
  const JsonValue* const value = whole.object(name);
  if (value == nullptr) return std::nullopt;
  auto document = read_document(value->text);
  if (document) return std::move(*document);
  whole.refuse(name, document.error().message);
  return std::nullopt;
}

}  // namespace

std::filesystem::path record_file(const std::filesystem::path& state) { return state / "policy" / "applied.json"; }

std::string text_of(const Record& record) {
  JsonValue value = JsonValue::object();
  if (record.applied) value.add("applied", JsonValue::of(write_document(*record.applied)));
  value.add("is_signed", JsonValue::of(record.is_signed));
  value.add("digest", JsonValue::of(record.digest));
  value.add("source", JsonValue::of(record.source));
  value.add("applied_at", JsonValue::of(record.applied_at));
  value.add("key", JsonValue::of(record.key));
  value.add("number", JsonValue::of(record.number));

  value.add("beacons", list_json(record.beacons));
  value.add("former", list_json(record.former));
  if (record.trial) value.add("trial", trial_json(*record.trial));
  value.add("refusal", JsonValue::of(record.refusal));
  value.add("trial_end", JsonValue::of(record.trial_end));
  value.add("asked_at", JsonValue::of(record.asked_at));
  return write_json(value) + "\n";
}

Result<Record> record_from(std::string_view text) {
  const auto value = parse_json(text);
  if (!value) return fail(value.error());
  Problem problem;
  JsonMembers members(*value, {}, problem);
  Record record;
  record.applied = document_in(members, "applied");
  record.is_signed = members.boolean("is_signed", false);
  record.digest = members.stored_text("digest");
  record.source = members.stored_text("source");
  record.applied_at = members.time("applied_at");
  record.key = members.stored_text("key");
  record.number = members.number("number", 0, max_exact_number, 0);

  record.beacons = document_in(members, "beacons").value_or(Document()).beacons;
  record.former = document_in(members, "former").value_or(Document()).beacons;
  record.trial = trial_in(members, problem);
  record.refusal = members.stored_text("refusal");
  record.trial_end = members.stored_text("trial_end");
  record.asked_at = members.time("asked_at");
  if (!problem.empty()) return fail(ErrorKind::local_file, std::move(problem));
  return record;
}

Result<Record> read_record(const std::filesystem::path& state) {
  const auto file = record_file(state);
  if (platform::absent(file)) return Record();
  const auto text = platform::read_file(file, max_record);
  if (!text) return fail(text.error());
  auto record = record_from(*text);
  if (record) return record;
  return fail(ErrorKind::failure, fmt::format("cannot read {}: {}", file.string(), record.error().message),
              "fetch the policy again with 'muster policy'");
}

Status change_record(const std::filesystem::path& state, const std::function<Status(Record&)>& change) {
  for (const auto& folder : {state, record_file(state).parent_path()}) {
    if (auto made = platform::make_service_folder(folder); !made) return made;
  }
  const auto lock = platform::FileLock::take(state / "policy.lock", lock_patience);
  if (!lock) {
    return fail(ErrorKind::local_file, fmt::format("cannot lock {}", (state / "policy.lock").string()),
                platform::how_to_gain_rights());
  }

  auto record = read_record(state);
  if (!record) log::warning(record.error().line());
  Record next = record ? *record : Record();
  const std::string before = text_of(next);
  if (auto changed = change(next); !changed) return changed;
  const std::string after = text_of(next);
  if (record && after == before) return {};
  if (auto readable = record_from(after); !readable) return fail(readable.error());
  return platform::write_file(record_file(state), after, readable_for_group);
}

}  // namespace muster::policy
