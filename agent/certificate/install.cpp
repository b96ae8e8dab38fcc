#include "agent/certificate/install.h"

#include <fmt/core.h>

#include <optional>

#include "platform/file.h"
#include "platform/log.h"
#include "platform/private_file.h"

namespace muster::certificate {
namespace {

constexpr std::uint64_t largest_certificate_file = 1 << 20;

Status install_in_one(const ssl::PemPair& pair, const std::filesystem::path& path) {
  std::string content(pair.key.reveal());
  content += pair.certificates;
  const Secret both(std::move(content));
  return platform::write_private(path, both.reveal());
}

// Of the old ones only what can belong to the old key.
std::string certificates_of(const std::optional<Secret>& old) {
  if (!old || old->reveal().find("-----BEGIN CERTIFICATE") == std::string_view::npos) return {};
  return old->reveal().find("PRIVATE KEY") == std::string_view::npos ? std::string(old->reveal()) : std::string();
}

// The certificate file as it was before, or none where there was none.
void restore(const std::filesystem::path& path, const std::optional<Secret>& old) {
  std::error_code problem;
  Status restored;
  if (old) {
    restored = platform::write_private(path, old->reveal());
  } else if (std::filesystem::remove(path, problem); problem) {
    restored = fail(ErrorKind::local_file, fmt::format("cannot remove {}: {}", path.string(), problem.message()));
  }
  if (!restored) log::warning(restored.error().line());
}

}  // namespace

Status install(const ssl::PemPair& pair, const Places& places) {
  if (places.certificate == places.key) return install_in_one(pair, places.key);

  std::optional<Secret> before;
  if (auto old = platform::read_file(places.certificate, largest_certificate_file)) before.emplace(std::move(*old));
  const std::string old = certificates_of(before);
  auto both = platform::prepare_private(places.certificate, pair.certificates + old);
  if (!both) return tl::unexpected(both.error());
  auto key = platform::prepare_private(places.key, pair.key.reveal());
  if (!key) return tl::unexpected(key.error());

  if (auto placed = both->place(std::nullopt); !placed) return placed;
  if (auto placed = key->place(std::nullopt); !placed) {
    if (key->file()) restore(places.certificate, before);  // otherwise it is there, and only may not last
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
