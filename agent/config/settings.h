// The typed result of reading the preferences: what each floor below asks for, already checked.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/beacon/selector.h"
#include "agent/channel/channels.h"
#include "agent/config/component.h"
#include "agent/config/preferences.h"
#include "agent/delivery/retry_policy.h"
#include "agent/delivery/upload.h"
#include "agent/transfer/rate_limiter.h"
#include "agent/transfer/transfer_options.h"
#include "platform/base/result.h"
#include "platform/log.h"
#include "platform/log_output.h"
#include "ssl/identity.h"
#include "ssl/trust.h"

namespace muster::config {

// What a step that talks to beacons needs.
struct TransferSettings {
  std::optional<ssl::IdentityFiles> identity;  // empty: AddClientCertificateAndKey is False
  long certificate_warning_days = 30;
  ssl::TrustSettings trust;
  channel::EvidenceSettings evidence;
  transfer::TransferOptions transfer_options;
  transfer::RateLimits limiter;  // of all transfers together, each way
  delivery::UploadRules upload;
  delivery::RetrySettings retry;
  std::uint64_t max_download_size = 2ULL << 30;  // bytes
  unsigned most_transfers = 1;                   // at the same time
  std::uint64_t quota = 0;                       // bytes of the spool; 0: none
  std::filesystem::path metrics_file;            // of the agent; empty: none
};

// Reads and checks all that the step of `component` needs. Every mistake is collected and named with file and
// line; the error is of kind preference.
Result<TransferSettings> transfer_settings(const Preferences& preferences, Component component);

// Where the client certificate and its key are to be for a step, whether it is to be shown or not.
Result<ssl::IdentityFiles> identity_files(const Preferences& preferences, Component component);

// The locations of one direction in the order of the file. None at all, or one without a mandatory value, is an
// error of kind preference.
Result<beacon::Locations> locations(const Preferences& preferences, beacon::Direction direction);

// How a beacon is chosen, with what the algorithms look at of this device and its network now.
Result<beacon::SelectorSettings> selector_settings(const Preferences& preferences);

log::Level log_level(const Preferences& preferences);  // LogLevel; a wrong word counts as none

log::FileOutput log_file(const Preferences& preferences);  // LogFile; what is wrong counts as none

// The name of this device where a beacon asks for one: MachineId, or else the host name. A MachineId that refers
// to something unknown counts as none; check() names it.
std::string machine_id(const Preferences& preferences);

}  // namespace muster::config
