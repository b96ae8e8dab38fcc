// The files by which agent, renewal command and installation hand over to each other.
//
//   state/renew         the agent asks with it; muster-renew.path starts the rest
//   <key>.requested     the key that waits (install.h); root's
//   <certificate>.csr   the request for it; root's
//   state/renew-answer  what the command has printed; the service's, so that nothing in it is trusted
//   state/renew-record  how the last attempt ended
#pragma once

#include <filesystem>
#include <optional>

#include "agent/certificate/install.h"
#include "platform/base/clock.h"
#include "platform/base/error.h"

namespace muster::certificate {

std::filesystem::path renewal_flag(const std::filesystem::path& state);
std::filesystem::path renewal_record(const std::filesystem::path& state);
std::filesystem::path renewal_answer(const std::filesystem::path& state);
std::filesystem::path waiting_request(const Places& places);

struct RenewalRecord {
  WallTime time;
  std::optional<Error> problem;  // nullopt: a new pair was installed
};

// In `state`. Nothing where there is none, where it is no file that the service or root has written as a whole, or
// where it cannot be read: it decides on words alone.
std::optional<RenewalRecord> read_renewal_record(const std::filesystem::path& state);
Status write_renewal_record(const std::filesystem::path& state, const RenewalRecord& record);

}  // namespace muster::certificate
