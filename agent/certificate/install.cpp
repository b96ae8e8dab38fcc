#include "agent/certificate/install.h"

#include <fmt/core.h>

#include "platform/file.h"
#include "platform/new_private_file.h"

namespace muster::certificate {
namespace {

constexpr std::uint64_t largest_certificate_file = 1 << 20;

Status install_in_one(const ssl::PemPair& pair, const std::filesystem::path& path) {
  std::string content(pair.key.reveal());
  content += pair.certificates;
  const Secret both(std::move(content));
  return platform::write_private(path, both.reveal());
}

// Empty where there is none, or none of ours to keep: it then belongs to no key that matters.
std::string old_certificates(const std::filesystem::path& path) {
  auto old = platform::read_file(path, largest_certificate_file);
  if (!old || old->find("-----BEGIN CERTIFICATE") == std::string::npos) return {};
  return old->find("PRIVATE KEY") == std::string::npos ? *old : std::string();
}

}  // namespace

Status install(const ssl::PemPair& pair, const Places& places) {
  if (places.certificate == places.key) return install_in_one(pair, places.key);
  const std::string old = old_certificates(places.certificate);
  auto both = platform::prepare_private(places.certificate, pair.certificates + old);
  if (!both) return tl::unexpected(both.error());
  auto key = platform::prepare_private(places.key, pair.key.reveal());
  if (!key) return tl::unexpected(key.error());
  if (auto placed = both->place(std::nullopt); !placed) return placed;
  if (auto placed = key->place(std::nullopt); !placed) {
    static_cast<void>(platform::write_private(places.certificate, old));
    return placed;
  }
  return old.empty() ? Status() : platform::write_private(places.certificate, pair.certificates);
}

std::filesystem::path waiting_key(const Places& places) {
  std::filesystem::path path = places.key;
  path += ".requested";
  return path;
}

}  // namespace muster::certificate
