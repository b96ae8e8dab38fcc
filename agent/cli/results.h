// Results of commands, before they are put into words or JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/outbox/pass_record.h"
#include "agent/policy/application.h"
#include "agent/policy/update/words.h"
#include "agent/service/renewal_report.h"
#include "platform/base/error.h"
#include "ssl/certificate_summary.h"

namespace muster::cli {

struct Uploaded {
  std::string file;
  std::string beacon;
  std::string url;
  std::uint64_t bytes = 0;
  double took_s = 0;
};

struct NotUploaded {
  std::string file;
  Error error;
  bool delivered = false;  // it was uploaded, but not removed
};

struct Downloaded {
  std::string path;
  std::string file;  // "-": standard output
  std::string beacon;
  std::string url;
  std::uint64_t bytes = 0;
  double took_s = 0;
  bool unchanged = false;
  bool resumed = false;
};

struct BeaconRow {
  std::size_t place = 0;
  std::string id;
  std::string url;
  std::optional<double> connect_ms;
  std::optional<double> tls_ms;
  std::optional<double> first_byte_ms;  // from a request to its answer
  std::optional<double> goodput_bps;    // bits a second
  std::optional<double> age_s;          // since something was heard of it
  std::optional<std::string> penalty;   // the fault for which it is avoided
  std::string reason;
};

struct CertificateReport {
  ssl::CertificateSummary leaf;
  std::vector<ssl::CertificateSummary> chain;
  std::string certificate_file;
  std::string key_file;
  long days_left = 0;
};

// A file of the spool that is not sent at present.
struct LeftAlone {
  std::string file;
  std::string why;
};

struct PolicyReport {
  bool found = false;  // a beacon has one
  bool dry_run = false;
  std::string source;  // "Policies/default.json at 'paris' (https://...)"
  policy::Application application;
  std::string lapsed;  // why what is applied has no effect any more; empty: it has
};

struct WaitingOfType {
  std::string type;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::optional<double> oldest_s;
};

struct BeaconSuccess {
  std::string id;
  std::string direction;  // "upload" or "download"
  std::string url;
  std::optional<WallTime> last;  // end of the last transfer that succeeded; nullopt: none is known
};

struct StatusReport {
  std::uint64_t waiting = 0;
  std::uint64_t bytes = 0;
  std::optional<double> oldest_s;
  std::vector<WaitingOfType> types;

  std::uint64_t set_aside = 0;
  std::string rejected_folder;          // where they and the reasons are
  std::uint64_t dropped_for_quota = 0;  // in all

  std::optional<long> certificate_days;
  std::string certificate_expiry;  // in words; empty: there is no certificate that works
  service::RenewalReport renewal;

  std::optional<outbox::PassRecord> last;
  std::vector<BeaconSuccess> beacons;

  std::vector<Error> problems;  // what keeps single files, or all, from going out
  std::vector<LeftAlone> left_alone;
  policy::Record policy;
  std::string policy_lapsed;  // why it has no effect any more; empty: it has
  update::State update;
  std::optional<Error> verdict;  // what the exit status is about
};

struct MergedPreferences {
  std::string file;
  std::size_t values = 0;
};

struct PreferenceRow {
  std::string section;
  std::string name;
  std::string value;
  std::string origin;
};

}  // namespace muster::cli
