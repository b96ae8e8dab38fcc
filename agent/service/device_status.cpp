#include "agent/service/device_status.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace muster::service {
namespace {

using Json = nlohmann::ordered_json;

Json object_of(const Error& error) {
  return {{"kind", name(error.kind)}, {"beacon", error.beacon}, {"message", error.message}, {"remedy", error.remedy}};
}

Json object_of(const outbox::PassRecord& pass) {
  return {{"time", iso8601(pass.time)},
          {"delivered", pass.delivered},
          {"set_aside", pass.set_aside},
          {"left", pass.left},
          {"dropped_for_quota", pass.dropped_for_quota}};
}

Json object_of(const CertificateStatus& certificate) {
  return {{"subject", certificate.subject},
          {"not_after", iso8601(certificate.not_after)},
          {"days_left", certificate.days_left}};
}

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json or_null(std::uint64_t number) { return number == 0 ? Json(nullptr) : Json(number); }

Json object_of(const UpdateStatus& update) {
  return {{"number", or_null(update.number)},
          {"version", or_null(update.version)},
          {"staged", update.is_staged},
          {"waits_for", or_null(update.waits_for)},
          {"refusal", or_null(update.refusal)},
          {"installed", or_null(update.installed)},
          {"step", update.step},
          {"result", or_null(update.result)}};
}

// "frozen: the beacon serves ...": the sentence may hold a time, its first word says what changed.
std::string reason_of(const std::string& sentence) { return sentence.substr(0, sentence.find(':')); }

Json state_of(const UpdateStatus& update) {
  return {update.number, update.is_staged, reason_of(update.waits_for), reason_of(update.refusal), update.installed,
          update.step,   update.result};
}

Json list_of(const std::vector<BeaconStatus>& beacons) {
  Json list = Json::array();
  for (const BeaconStatus& beacon : beacons) {
    list.push_back({{"id", beacon.id}, {"url", beacon.url}, {"penalty", or_null(beacon.penalty)}});
  }
  return list;
}

// Names and messages may hold bytes of any kind; the document is UTF-8.
std::string dump(const Json& root, int indent) { return root.dump(indent, ' ', false, Json::error_handler_t::replace); }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? object_of(*value) : Json(nullptr);
}

}  // namespace

std::string status_document(const DeviceStatus& status) {
  Json root;
  root["version"] = MUSTER_VERSION;
  root["device"] = status.device;
  root["time"] = iso8601(status.time);
  root["works"] = status.works;
  root["problem"] = or_null(status.problem);
  root["certificate"] = or_null(status.certificate);
  root["beacons"] = list_of(status.beacons);
  root["update"] = or_null(status.update);

  root["waiting"] = {{"files", status.waiting_files},
                     {"bytes", status.waiting_bytes},
                     {"oldest_s", status.oldest ? Json(status.oldest->count()) : Json(nullptr)},
                     {"set_aside", status.set_aside}};

  root["results"] = Json::object();
  root["results"]["uploads"] = or_null(status.last_pass);
  for (const auto& [event, time] : status.last_done) root["results"][event] = {{"time", iso8601(time)}};
  return dump(root, 2) + "\n";
}

std::string signature(const DeviceStatus& status) {
  Json root;
  root["version"] = MUSTER_VERSION;
  root["works"] = status.works;
  root["problem"] =
      status.problem ? Json{{"kind", name(status.problem->kind)}, {"beacon", status.problem->beacon}} : Json();

  if (status.certificate) {
    root["certificate"] = {iso8601(status.certificate->not_after), status.certificate->subject,
                           status.certificate->expires_soon};
  }
  for (const BeaconStatus& beacon : status.beacons) root["beacons"].push_back({beacon.id, beacon.url, beacon.penalty});
  if (status.update) root["update"] = state_of(*status.update);
  root["unwatched"] = !status.unwatched.empty();
  root["set_aside"] = status.set_aside > 0;
  return dump(root, -1);
}

WallTime next_report(const std::optional<LastReport>& last, const std::string& signature, WallTime now) {
  // A report from the future comes of a clock that was put back.
  if (!last || last->time > now) return now;
  if (last->signature != signature) return std::max(now, last->time + min_report_gap);
  return std::max(now, last->time + max_report_gap);
}

}  // namespace muster::service
