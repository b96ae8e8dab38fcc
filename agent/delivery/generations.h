// Loads the files that make a generation, and starts a new one when their content changes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "agent/delivery/evidence_fetch.h"
#include "agent/delivery/file_watch.h"
#include "agent/delivery/generation.h"
#include "platform/base/result.h"
#include "ssl/client_context.h"

namespace muster::delivery {

// How revocation is found out beyond deployed CRLs.
struct EvidenceSettings {
  ssl::EvidenceRules rules;
  FetchRules fetch;
};

// One thread. What a transfer was started with stays alive as long as somebody holds its generation.
class Generations final : public GenerationSource {
 public:
  // `identity` empty: AddClientCertificateAndKey is off. `notify` as for transfer::Loop; its loops share one pace.
  Generations(std::optional<ssl::IdentityFiles> identity, ssl::TrustSettings trust, EvidenceSettings evidence,
              std::function<void()> notify, const transfer::PaceRules& pace);

  // The generation for the next transfer. The files are looked at; where their content is another one and whole, a
  // new generation starts; so it does after an hour, and when a certificate was found revoked, as an open connection
  // and a resumed session are not judged again. A broken replacement is refused with a warning, once for each reason,
  // and the one in use stays; it is looked at again when a file changes, and a minute later, as its day may have come.
  // An error only when there has never been a whole one, or when the system has no thread
  // left for it.
  Result<std::shared_ptr<Generation>> current(WallTime now) override;

  void rest() override;

  const ssl::Identity* identity() const { return current_ ? current_->identity.get() : nullptr; }  // the last one

 private:
  Result<std::shared_ptr<Generation>> load(WallTime now) const;
  Result<std::shared_ptr<Generation>> ready(WallTime now);
  bool outlived(WallTime now) const;
  bool worth_loading(WallTime now);

  std::optional<ssl::IdentityFiles> identity_;
  ssl::TrustSettings trust_;
  FetchRules fetch_;
  std::shared_ptr<ssl::Evidence> evidence_;  // null: revocation is not checked
  std::function<void()> notify_;
  std::shared_ptr<transfer::SharedPace> pace_;
  FileWatch watch_;
  std::shared_ptr<Generation> current_;
  std::string refused_;    // why the last replacement was not taken; empty: it was
  WallTime refused_at_{};  // when that was found last
};

}  // namespace muster::delivery
