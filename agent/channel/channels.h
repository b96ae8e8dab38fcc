// Loads the files that make a channel, and starts a new one when their content changes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "agent/channel/channel.h"
#include "agent/channel/credential_watch.h"
#include "agent/channel/evidence_fetch.h"
#include "platform/base/result.h"
#include "ssl/client_context.h"

namespace muster::channel {

// How revocation is found out beyond deployed CRLs.
struct EvidenceSettings {
  ssl::EvidenceRules rules;
  FetchRules fetch;
};

// One thread. What a transfer was started with stays alive as long as its channel is held.
class Channels final : public ChannelSource {
 public:
  // `identity` empty: AddClientCertificateAndKey is off. `notify` as for transfer::Loop; its loops share one limiter.
  Channels(std::optional<ssl::IdentityFiles> identity, ssl::TrustSettings trust, EvidenceSettings evidence,
           std::function<void()> notify, const transfer::RateLimits& limiter);

  // The channel for the next transfer. The files are checked; where their content changed and is whole, a
  // new channel starts; so it does after an hour, and when a certificate was found revoked, as an open connection
  // and a resumed session are not judged again. A broken replacement is refused with a warning, once for each reason,
  // and the one in use stays; it is checked again when a file changes, and a minute later, as it may have become valid.
  // A store of the system is read again when it changes, and after a minute.
  // An error only when there has never been a whole one, or when the system has no thread
  // left for it.
  Result<std::shared_ptr<Channel>> current(WallTime now) override;

  void rest() override;

  // For a program that waits: the handle becomes readable when a file, a link or a folder that decides about identity
  // or trust changes, or the store that takes their place, also where there has been no whole channel yet. Then
  // take_reports(), and where it is true current().
  void start_reports() { watch_.start_reports(); }
  const platform::UniqueFd& reports() const { return watch_.handle(); }
  bool take_reports() { return watch_.take_reports(); }

  const ssl::Identity* identity() const { return current_ ? current_->identity.get() : nullptr; }  // the last one

 private:
  Result<std::shared_ptr<Channel>> load(WallTime now) const;
  Result<std::shared_ptr<Channel>> ready(WallTime now);
  bool outlived(WallTime now) const;
  bool worth_loading(WallTime now);

  std::optional<ssl::IdentityFiles> identity_;
  ssl::TrustSettings trust_;
  FetchRules fetch_;
  std::shared_ptr<ssl::Evidence> evidence_;  // null: revocation is not checked
  std::function<void()> notify_;
  std::shared_ptr<transfer::SharedRateLimiter> limiter_;
  CredentialWatch watch_;
  std::shared_ptr<Channel> current_;
  std::string refused_;  // why the last replacement was not taken; empty: it was
  WallTime read_at_{};   // when identity and trust were last read
};

}  // namespace muster::channel
