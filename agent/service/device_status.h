// What a device reports of itself (Status/ in the spool), and when. The rules are pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/outbox/pass_record.h"
#include "platform/base/clock.h"
#include "platform/base/error.h"

namespace muster::service {

struct CertificateStatus {
  std::string subject;
  WallTime not_after;
  long days_left = 0;
  bool expires_soon = false;
};

struct BeaconStatus {
  std::string id;
  std::string url;
  std::string penalty;  // beacon::name_of(); empty: none
};

// The software update: what the beacons serve for this device, and what root's step made of it.
struct UpdateStatus {
  std::uint64_t number = 0;  // of the release that is served; 0: none
  std::string version;
  bool is_staged = false;
  std::string waits_for;  // a sentence that begins with its reason, as `refusal` does; empty: nothing
  std::string refusal;    // of the last update

  std::uint64_t installed = 0;  // the number of the package that is installed; 0: unknown
  std::string step;             // "none", "on-trial", ...
  std::string result;           // of the last step, for people
};

struct DeviceStatus {
  std::string device;
  WallTime time;

  // State: a change of these is worth a report.
  bool works = false;            // there are preferences and certificates to work with
  std::optional<Error> problem;  // the last one, until it is over
  std::optional<CertificateStatus> certificate;
  std::vector<BeaconStatus> beacons;
  std::optional<UpdateStatus> update;  // nullopt: none was ever served, refused or installed
  std::string unwatched;               // why new files are found late; empty: they are not

  // Counters and times: reported, and no reason to report.
  std::uint64_t waiting_files = 0;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t set_aside = 0;
  std::optional<seconds> oldest;
  std::optional<outbox::PassRecord> last_pass;
  std::map<std::string, WallTime> last_done;  // by name of the schedule's event
};

// The document of docs/json.md.
std::string status_document(const DeviceStatus& status);

// Equal for equal states: without counters and times.
std::string signature(const DeviceStatus& status);

// When a status is to be reported whose signature differs from that of the last report, or not.
struct LastReport {
  WallTime time;
  std::string signature;
};
inline constexpr std::chrono::minutes min_report_gap{15};
inline constexpr std::chrono::hours max_report_gap{24};
WallTime next_report(const std::optional<LastReport>& last, const std::string& signature, WallTime now);

}  // namespace muster::service
