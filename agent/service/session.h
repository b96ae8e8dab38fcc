// What a step that talks to beacons works with: preferences read, identity and trust loaded, a loop running.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "agent/beacon/selector.h"
#include "agent/channel/channels.h"
#include "agent/config/settings.h"
#include "agent/delivery/failure/explain.h"
#include "agent/outbox/outbox_pass.h"
#include "agent/policy/applied.h"
#include "agent/policy/trial_run.h"
#include "platform/base/secret.h"
#include "platform/wait.h"

namespace muster::service {

// Gets the password of an encrypted key from a person or a file; given the path of the key.
using PasswordSource = std::function<Result<Secret>(const std::filesystem::path& key)>;

// Whether certificate, key and trust must be whole for a session to open, or may become so later. `read_only`: they
// must be whole, and evidence of revocation that is fetched is kept in memory alone.
enum class Credentials { required, awaited, read_only };

class Session {
 public:
  // By the preferences and the record that were loaded together: a policy that is applied meanwhile is another
  // session's. Fails before anything is sent: on a wrong preference, a broken identity, a missing trust store. `wakeup`
  // is signalled whenever a loop has an event; null: only Loop::next() is used.
  static Result<std::unique_ptr<Session>> open(const policy::InForce& in_force, beacon::Direction direction,
                                               const PasswordSource& password,
                                               std::shared_ptr<const platform::Wakeup> wakeup = nullptr,
                                               Credentials credentials = Credentials::required);

  // For the next transfer: another one when certificate, key or trust was replaced meanwhile.
  Result<std::shared_ptr<channel::Channel>> channel();
  channel::Channels& channels() { return *channels_; }
  const channel::Channels& channels() const { return *channels_; }
  const beacon::Locations& locations() const { return locations_; }
  beacon::Selector& selector() { return *selector_; }
  const beacon::Selector& selector() const { return *selector_; }
  const config::TransferSettings& settings() const { return settings_; }
  const std::filesystem::path& data_directory() const { return data_directory_; }
  // An upload that was delivered: a beacon list on trial may have waited for it.
  void note_delivery(const beacon::Location& location) { proof_->note_delivery(location); }
  outbox::PassRules drain_rules() const;
  delivery::FailureContext failure_context(std::string action) const;

 private:
  Session() = default;

  std::filesystem::path data_directory_;
  config::TransferSettings settings_;
  beacon::Locations locations_;
  std::function<void()> notify_;  // wakes the deciding thread; may be empty
  std::optional<channel::Channels> channels_;
  std::optional<beacon::Selector> selector_;
  std::optional<policy::UploadProof> proof_;
};

}  // namespace muster::service
