// Claims on names. A process that sends "Inventories/laptop.ndi", from the spool or elsewhere, holds the claim on that
// name until the upload is settled: two versions of one name are never under way together, and the older one never
// arrives last. A claim is a locked byte in state/claims, shared by the agent and all commands; a crash frees it.
// One thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/byte_locks.h"

namespace muster::spool {

class Claims {
 public:
  using Lock = platform::ByteLocks::Lock;

  // `state` is the folder; it is made where it is missing. Without the lock file nothing may be sent from the spool.
  static Result<std::shared_ptr<Claims>> open(const std::filesystem::path& state);

  // nullopt: it is claimed already, here or in another process. Only for what is sent now: a lock costs more with each
  // one that is held.
  Result<std::optional<Lock>> try_claim(std::string_view name);

  // Waits until another process has settled its upload.
  Result<Lock> wait_for(std::string_view name);

  // Which byte stands for a name: the first 62 bits of its SHA-256. Two names that share one wait for each other.
  static std::uint64_t place_of(std::string_view name);

 private:
  explicit Claims(std::unique_ptr<platform::ByteLocks> locks) : locks_(std::move(locks)) {}

  std::unique_ptr<platform::ByteLocks> locks_;
};

}  // namespace muster::spool
