#include "agent/spool/claims.h"

#include "platform/service_folder.h"
#include "ssl/digest.h"

namespace muster::spool {

Result<std::shared_ptr<Claims>> Claims::open(const std::filesystem::path& state) {
  if (auto made = platform::make_service_folder(state); !made) return tl::unexpected(made.error());
  auto locks = platform::ByteLocks::open(state / "claims");
  if (!locks) return tl::unexpected(locks.error());
  return std::shared_ptr<Claims>(new Claims(std::move(*locks)));
}

Result<std::optional<Claims::Lock>> Claims::try_claim(std::string_view name) {
  return locks_->try_lock(place_of(name));
}

Result<Claims::Lock> Claims::wait_for(std::string_view name) { return locks_->wait_for(place_of(name)); }

std::uint64_t Claims::place_of(std::string_view name) {
  const std::string digest = ssl::sha256(name);
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < sizeof first; ++i) first = first << 8U | static_cast<unsigned char>(digest[i]);
  return first >> 2U;
}

}  // namespace muster::spool
