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

Json list_of(const std::vector<BeaconStatus>& beacons) {
  Json list = Json::array();
  for (const BeaconStatus& beacon : beacons) {
    const Json penalty = beacon.penalty.empty() ? Json(nullptr) : Json(beacon.penalty);
    list.push_back({{"id", beacon.id}, {"url", beacon.url}, {"penalty", penalty}});
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
