#include "agent/cli/json.h"

#include <array>
#include <nlohmann/json.hpp>

namespace muster::cli {
namespace {

using Json = nlohmann::ordered_json;

// File names and answers of others may not be UTF-8: they are shown with U+FFFD instead of ending the program.
std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json object_of(const Error& error) {
  Json object;
  object["code"] = static_cast<int>(error.kind);
  object["kind"] = std::string(name(error.kind));
  object["beacon"] = error.beacon.empty() ? Json(nullptr) : Json(error.beacon);
  object["message"] = error.message;
  object["remedy"] = error.remedy;
  return object;
}

Json object_of(const ssl::CertificateSummary& certificate) {
  return {{"subject", certificate.subject},
          {"issuer", certificate.issuer},
          {"serial", certificate.serial},
          {"names", certificate.names},
          {"usage", certificate.usage},
          {"key_type", certificate.key_type},
          {"not_before", certificate.begins.empty() ? Json(nullptr) : Json(certificate.begins)},
          {"not_after", certificate.ends.empty() ? Json(nullptr) : Json(certificate.ends)},
          {"fingerprint", certificate.fingerprint}};
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json object_of(const service::RenewalReport& renewal) {
  Json object;
  object["from"] = nullptr;
  if (renewal.may_run && renewal.lifetime) {
    object["from"] = iso8601(certificate::first_request(*renewal.lifetime, renewal.share));
  }
  object["last"] = renewal.last ? Json(iso8601(renewal.last->time)) : Json(nullptr);
  object["problem"] = renewal.problem ? object_of(*renewal.problem) : Json(nullptr);
  return object;
}

Json object_of(const policy::Record& record, const std::string& lapsed) {
  const auto text = [](const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); };
  Json object;
  object["applied_at"] = record.applied ? Json(iso8601(record.applied_at)) : Json(nullptr);
  object["in_force"] = record.applied.has_value() && lapsed.empty();
  object["lapsed"] = text(lapsed);
  object["signed"] = record.is_signed;
  object["number"] = record.is_signed ? Json(record.number) : Json(nullptr);
  object["source"] = text(record.source);
  object["agent_version"] = record.applied ? text(record.applied->agent_version) : Json(nullptr);

  object["trial"] = nullptr;
  if (record.trial) {
    object["trial"] = {
        {"ran_s", record.trial->ran.count()}, {"uploaded", record.trial->uploaded}, {"fetched", record.trial->fetched}};
  }
  object["trial_end"] = text(record.trial_end);
  object["refusal"] = text(record.refusal);
  object["asked_at"] = record.asked_at == WallTime() ? Json(nullptr) : Json(iso8601(record.asked_at));
  return object;
}

Json object_of(const update::State& state) {
  const auto text = [](const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); };
  const update::CheckRecord& check = state.check;
  Json object;
  object["number"] = check.number == 0 ? Json(nullptr) : Json(check.number);
  object["version"] = text(check.version);
  object["staged"] = check.is_staged;
  object["waits_for"] = text(check.why);

  const std::string refusal = update::refusal_of(state);
  object["refusal"] = text(refusal);
  object["reason"] = text(refusal.substr(0, refusal.find(':')));
  object["asked_at"] = check.asked_at == WallTime() ? Json(nullptr) : Json(iso8601(check.asked_at));
  object["step"] = name(state.installation.step);
  object["result"] = text(state.installation.result);
  object["rolled_back"] = state.installation.rolled_back;
  return object;
}

}  // namespace

std::string json_of(const update::State& state) {
  Json root;
  root["update"] = object_of(state);
  return dump(root);
}

std::string json_of(const Error& error) {
  Json root;
  root["error"] = object_of(error);
  return dump(root);
}

std::string json_of(const std::vector<Uploaded>& uploaded, const std::vector<NotUploaded>& failed,
                    const std::optional<Error>& verdict) {
  std::string text = json_upload_begin();
  for (const Uploaded& one : uploaded) text += json_upload_entry(one, &one == &uploaded.front());
  return text + json_upload_end(failed, verdict);
}

std::string json_upload_begin() { return "{\n  \"uploaded\": ["; }

std::string json_upload_entry(const Uploaded& one, bool first) {
  const Json entry{
      {"file", one.file}, {"beacon", one.beacon}, {"url", one.url}, {"bytes", one.bytes}, {"took_s", one.took_s}};
  return (first ? "\n    " : ",\n    ") + entry.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_upload_end(const std::vector<NotUploaded>& failed, const std::optional<Error>& verdict) {
  Json rest;
  rest["failed"] = Json::array();
  for (const NotUploaded& one : failed) rest["failed"].push_back({{"file", one.file}, {"error", object_of(one.error)}});
  if (verdict) rest["error"] = object_of(*verdict);
  return "\n  ],\n" + dump(rest).substr(2);  // goes on inside the object that was begun
}

std::string json_of(const Downloaded& downloaded) {
  Json root;
  root["path"] = downloaded.path;
  root["file"] = downloaded.file;
  root["beacon"] = downloaded.beacon;
  root["url"] = downloaded.url;
  root["bytes"] = downloaded.bytes;
  root["took_s"] = downloaded.took_s;
  root["unchanged"] = downloaded.unchanged;
  root["resumed"] = downloaded.resumed;
  return dump(root);
}

std::string json_of(const PolicyReport& report) {
  static constexpr std::array words{"applied", "unchanged", "refused"};
  Json root;
  root["result"] = report.found ? words.at(static_cast<std::size_t>(report.application.result)) : "none";
  root["dry_run"] = report.dry_run;
  root["source"] = report.found ? Json(report.source) : Json(nullptr);
  root["reason"] = report.application.reason.empty() ? Json(nullptr) : Json(report.application.reason);

  root["changes"] = Json::array();
  for (const policy::Change& change : report.application.changes) {
    root["changes"].push_back({{"what", change.what}, {"from", change.from}, {"to", change.to}, {"note", change.note}});
  }
  root["not_used"] = Json::array();
  for (const policy::NotUsed& one : report.application.not_used) {
    root["not_used"].push_back({{"what", one.what}, {"reason", one.reason}});
  }
  root["policy"] = object_of(report.application.record, report.lapsed);
  return dump(root);
}

std::string json_of(const StatusReport& report) {
  Json root;
  root["waiting"] = report.waiting;
  root["bytes"] = report.bytes;
  root["oldest_s"] = or_null(report.oldest_s);
  root["set_aside"] = report.set_aside;
  root["certificate_days"] = or_null(report.certificate_days);

  root["renewal"] = nullptr;
  if (report.renewal.configured) root["renewal"] = object_of(report.renewal);

  root["last"] = nullptr;
  if (report.last) {
    root["last"] = {{"time", iso8601(report.last->time)},
                    {"delivered", report.last->delivered},
                    {"set_aside", report.last->set_aside},
                    {"left", report.last->left},
                    {"dropped_for_quota", report.last->dropped_for_quota},
                    {"error", report.last->error.empty() ? Json(nullptr) : Json(report.last->error)}};
  }
  root["dropped_for_quota"] = report.dropped_for_quota;

  root["types"] = Json::array();
  for (const WaitingOfType& one : report.types) {
    root["types"].push_back(
        {{"type", one.type}, {"waiting", one.files}, {"bytes", one.bytes}, {"oldest_s", or_null(one.oldest_s)}});
  }

  root["beacons"] = Json::array();
  for (const BeaconSuccess& one : report.beacons) {
    root["beacons"].push_back({{"id", one.id},
                               {"direction", one.direction},
                               {"url", one.url},
                               {"last_success", one.last ? Json(iso8601(*one.last)) : Json(nullptr)}});
  }

  root["problems"] = Json::array();
  for (const Error& problem : report.problems) root["problems"].push_back(object_of(problem));
  root["left_alone"] = Json::array();
  for (const LeftAlone& one : report.left_alone) root["left_alone"].push_back({{"file", one.file}, {"why", one.why}});
  root["policy"] = object_of(report.policy, report.policy_lapsed);
  root["update"] = object_of(report.update);
  if (report.verdict) root["error"] = object_of(*report.verdict);
  return dump(root);
}

std::string json_of(const MergedPreferences& merged) {
  Json root;
  root["file"] = merged.file;
  root["values"] = merged.values;
  return dump(root);
}

std::string json_of(const CertificateReport& report) {
  Json root = object_of(report.leaf);
  root["days_left"] = report.days_left;
  root["certificate_file"] = report.certificate_file;
  root["key_file"] = report.key_file;
  root["chain"] = Json::array();
  for (const ssl::CertificateSummary& issuer : report.chain) root["chain"].push_back(object_of(issuer));
  return dump(root);
}

std::string json_of(const std::vector<ssl::JudgedCandidate>& store) {
  Json root = Json::array();
  for (const ssl::JudgedCandidate& one : store) {
    Json object = object_of(one.candidate.certificate);
    object["thumbprint"] = one.candidate.thumbprint;
    object["chosen"] = one.is_chosen;
    object["reason"] = one.reason;
    root.push_back(std::move(object));
  }
  return dump(root);
}

std::string json_of(const diagnosis::Findings& findings) {
  static constexpr std::array words{"good", "bad", "unseen"};
  Json root = Json::array();

  for (const diagnosis::Finding& finding : findings) {
    Json object;
    object["step"] = finding.step;
    object["beacon"] = finding.beacon.empty() ? Json(nullptr) : Json(finding.beacon);
    object["result"] = words.at(static_cast<std::size_t>(finding.result));
    object["message"] = finding.message;
    object["code"] = finding.error ? Json(static_cast<int>(finding.error->kind)) : Json(nullptr);
    object["remedy"] = finding.error ? Json(finding.error->remedy) : Json(nullptr);
    root.push_back(std::move(object));
  }

  return dump(root);
}

std::string json_of(const std::vector<platform::Adopted>& adopted) {
  Json root;
  root["adopted"] = Json::array();
  for (const platform::Adopted& one : adopted) {
    root["adopted"].push_back({{"path", one.path.string()}, {"before", one.before}, {"after", one.after}});
  }
  return dump(root);
}

std::string json_of_check(std::optional<long> days_left, const std::vector<Error>& problems) {
  Json root;
  root["days_left"] = or_null(days_left);
  root["problems"] = Json::array();
  for (const Error& problem : problems) root["problems"].push_back(object_of(problem));
  if (!problems.empty()) root["error"] = object_of(problems.front());
  return dump(root);
}

std::string json_of_files(const std::vector<std::string>& written) {
  Json root;
  root["written"] = written;
  return dump(root);
}

std::string json_of_spooled(const std::optional<std::string>& file) {
  Json root;
  root["file"] = or_null(file);
  root["unchanged"] = !file.has_value();
  return dump(root);
}

std::string json_of(const std::vector<BeaconRow>& rows) {
  Json root = Json::array();

  for (const BeaconRow& row : rows) {
    Json object;
    object["id"] = row.id;
    object["url"] = row.url;
    object["place"] = row.place;

    object["connect_ms"] = or_null(row.connect_ms);
    object["tls_ms"] = or_null(row.tls_ms);
    object["first_byte_ms"] = or_null(row.first_byte_ms);
    object["goodput_bps"] = or_null(row.goodput_bps);
    object["age_s"] = or_null(row.age_s);
    object["penalty"] = or_null(row.penalty);
    object["reason"] = row.reason;
    root.push_back(std::move(object));
  }
  return dump(root);
}

std::string json_of(const std::vector<PreferenceRow>& rows) {
  Json root = Json::array();
  for (const PreferenceRow& row : rows) {
    root.push_back({{"section", row.section}, {"name", row.name}, {"value", row.value}, {"origin", row.origin}});
  }
  return dump(root);
}

std::string json_of_mistakes(const std::vector<std::string>& mistakes) {
  Json root;
  root["mistakes"] = mistakes;
  return dump(root);
}

}  // namespace muster::cli
