#include "ssl/trust.h"

#include <fmt/core.h>

namespace muster::ssl {
namespace {

// The machine's roots, whatever they are when a server is judged.
class MachineTrust final : public Trust {
 public:
  explicit MachineTrust(TrustSettings settings)
      : settings_(std::move(settings)),
        content_key_(fmt::format("machine {} {}", settings_.check_server, static_cast<int>(settings_.revocation))) {}

  const TrustSettings& settings() const override { return settings_; }
  const std::string& content_key() const override { return content_key_; }

 private:
  TrustSettings settings_;
  std::string content_key_;
};

}  // namespace

Result<std::shared_ptr<const Trust>> Trust::load(const TrustSettings& settings) {
  return std::make_shared<const MachineTrust>(settings);
}

}  // namespace muster::ssl
