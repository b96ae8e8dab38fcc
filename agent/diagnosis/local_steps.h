// The steps that need no network.
#pragma once

#include <memory>

#include "agent/config/settings.h"
#include "agent/diagnosis/finding.h"
#include "agent/policy/applied.h"
#include "agent/service/session.h"

namespace muster::diagnosis {

// What the steps at the beacons go on with. Without trust a beacon is only contacted on TCP; with a broken identity
// that is to be shown no beacon gets a request.
struct Local {
  config::TransferSettings settings;
  std::shared_ptr<const ssl::Identity> identity;
  bool identity_broken = false;
  std::shared_ptr<const ssl::Trust> trust;
  std::shared_ptr<ssl::Evidence> evidence;
};

Findings preference_steps(const config::Preferences& preferences);
Findings path_steps(const config::Preferences& preferences);
Findings clock_steps(const config::Preferences& preferences, const config::TransferSettings& settings);
Findings identity_steps(const config::TransferSettings& settings, const service::PasswordSource& password,
                        Local& local);
// Of the automatic renewal, where it is configured.
Findings renewal_steps(const config::Preferences& preferences);
// The applied policy, its trial, and why the last one was refused.
Findings policy_steps(const policy::InForce& in_force);

// What is pending, how the last step ended, and why the last update was refused. Nothing while SoftwareUpdates is
// False.
Findings update_steps(const config::Preferences& preferences);
Findings trust_steps(const config::TransferSettings& settings, Local& local);

}  // namespace muster::diagnosis
