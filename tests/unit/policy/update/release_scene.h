// Releases as a maker signs them, for tests.
#pragma once

#include <fmt/core.h>

#include <filesystem>
#include <string>

#include "agent/policy/update/judgement.h"
#include "ssl/digest.h"
#include "tests/unit/policy/signer.h"

namespace muster::update {

inline const WallTime day_of_release{seconds(1'790'000'000)};
inline constexpr const char* platform_here = "linux-amd64-deb";

inline std::uint64_t in_seconds(WallTime time) {
  return static_cast<std::uint64_t>(std::chrono::floor<seconds>(time.time_since_epoch()).count());
}

inline std::string envelope(const policy::Signer& signer, const std::string& statement) {
  return fmt::format(R"({{"statement": "{}", "key": "{}", "signature": "{}"}})", text::base64(statement),
                     text::hex(signer.raw_key()), text::base64(signer.signature_of(statement)));
}

inline Keys keys_of(const policy::Signer& signer) { return {text::hex(signer.raw_key()), {}}; }

inline Release release_of(std::uint64_t number, const std::string& package) {
  Release release;
  release.product = "muster";
  release.number = number;
  release.version = fmt::format("1.{}", number);
  release.platform = platform_here;
  release.file = fmt::format("muster_1.{}_amd64.deb", number);
  release.length = package.size();
  release.sha256 = text::hex(ssl::sha256(package));
  return release;
}

inline Freshness freshness_of(const Release& release, WallTime issued = day_of_release) {
  return {"muster", issued, issued + std::chrono::hours(24 * 30), {{release.platform, release.number, release.sha256}}};
}

inline std::string text_of(const Release& release) {
  return fmt::format(R"({{"muster_release": 1, "product": "{}", "number": {}, "version": "{}", "platform": "{}",
                        "file": "{}", "length": {}, "sha256": "{}", "rollout_percent": {}, "not_after": {}}})",
                     release.product, release.number, release.version, release.platform, release.file, release.length,
                     release.sha256, release.rollout_percent, in_seconds(release.not_after));
}

inline std::string text_of(const Freshness& freshness) {
  std::string releases;
  for (const Newest& newest : freshness.releases) {
    releases += fmt::format(R"({}{{"platform": "{}", "number": {}, "sha256": "{}"}})", releases.empty() ? "" : ", ",
                            newest.platform, newest.number, newest.sha256);
  }
  return fmt::format(R"({{"muster_freshness": 1, "product": "{}", "issued": {}, "expires": {}, "releases": [{}]}})",
                     freshness.product, in_seconds(freshness.issued), in_seconds(freshness.expires), releases);
}

}  // namespace muster::update
