#include "agent/policy/update/judgement.h"

#include <fmt/core.h>

#include "ssl/digest.h"

namespace muster::update {
namespace {

constexpr std::chrono::hours clock_tolerance{1};

std::optional<Refusal> judge_identity(const Release& release, const Freshness& freshness, const Device& device) {
  if (release.product != product) {
    return Refusal{Reason::wrong_product, fmt::format("the release is of the product '{}'", release.product)};
  }
  if (release.platform != device.platform) {
    return Refusal{Reason::wrong_platform,
                   fmt::format("the release is for {}, and this device is {}", release.platform, device.platform)};
  }

  const Newest* const newest = freshness.of(release.platform);
  if (newest != nullptr && newest->number == release.number && newest->sha256 == release.sha256) return std::nullopt;
  return Refusal{Reason::mixed,
                 fmt::format("release {} is served with a freshness statement that names {}", release.number,
                             newest == nullptr ? "none" : fmt::format("release {}", newest->number))};
}

std::optional<Refusal> judge_number(const Release& release, const Past& past, WallTime now) {
  if (past.rolled_back.contains(release.number)) {
    return Refusal{Reason::rolled_back, fmt::format("release {} did not work here and was taken back", release.number)};
  }
  if (release.number < past.number) {
    return Refusal{Reason::old,
                   fmt::format("release {} is older than {}, which was installed", release.number, past.number)};
  }
  if (release.not_after != WallTime() && now > release.not_after) {
    return Refusal{Reason::withdrawn,
                   fmt::format("release {} was to be installed until {}", release.number, iso8601(release.not_after))};
  }
  return std::nullopt;
}

std::optional<Refusal> why_to_wait(const Release& release, const Device& device, const Past& past) {
  if (release.number == past.number) {
    return Refusal{Reason::current, fmt::format("release {} is installed", release.number)};
  }
  if (!device.wanted_version.empty() && device.wanted_version != release.version) {
    return Refusal{Reason::not_wanted, fmt::format("policy wants version {}, and release {} is {}",
                                                   device.wanted_version, release.number, release.version)};
  }
  const unsigned place = rollout_place(device.name, release.number);
  if (place < release.rollout_percent) return std::nullopt;
  return Refusal{Reason::not_in_rollout,
                 fmt::format("release {} is rolled out to {} % of the devices; this one has place {}", release.number,
                             release.rollout_percent, place)};
}

}  // namespace

Refusal lost_state() {
  return {Reason::lost_state, "the record of updates is lost, and with it which releases are old"};
}

std::optional<Refusal> judge_freshness(const Freshness& freshness, const Past& past, WallTime now) {
  if (freshness.product != product) {
    return Refusal{Reason::wrong_product,
                   fmt::format("the freshness statement is of the product '{}'", freshness.product)};
  }
  if (freshness.issued > now + clock_tolerance) {
    return Refusal{Reason::not_yet_valid,
                   fmt::format("the freshness statement is of {}, and this device's clock says {}",
                               iso8601(freshness.issued), iso8601(now))};
  }

  if (freshness.issued < past.freshness) {
    return Refusal{Reason::replayed, fmt::format("the freshness statement is of {}, and one of {} was seen before",
                                                 iso8601(freshness.issued), iso8601(past.freshness))};
  }
  if (now <= freshness.expires) return std::nullopt;
  return Refusal{Reason::frozen, fmt::format("the beacon serves a freshness statement of {} that expired {}",
                                             iso8601(freshness.issued), iso8601(freshness.expires))};
}

Ruling judge(const Release& release, const Freshness& freshness, const Device& device, const Past& past, WallTime now) {
  if (past.lost) return {Ruling::Action::refuse, lost_state()};
  auto refused = judge_freshness(freshness, past, now);
  if (!refused) refused = judge_identity(release, freshness, device);
  if (!refused) refused = judge_number(release, past, now);
  if (refused) return {Ruling::Action::refuse, std::move(*refused)};

  if (auto reason = why_to_wait(release, device, past)) return {Ruling::Action::wait, std::move(*reason)};
  return {Ruling::Action::install, {}};
}

std::optional<Refusal> judge_package(const Release& release, std::uint64_t length, std::string_view sha256) {
  if (length > release.length) {
    return Refusal{Reason::longer,
                   fmt::format("the package is longer than the {} bytes of its statement", release.length)};
  }
  if (length < release.length) {
    return Refusal{Reason::shorter,
                   fmt::format("the package has {} of the {} bytes of its statement", length, release.length)};
  }
  if (sha256.empty() || sha256 == release.sha256) return std::nullopt;
  return Refusal{Reason::wrong_digest,
                 fmt::format("the package is not that of release {}: its SHA-256 is {}", release.number, sha256)};
}

unsigned rollout_place(std::string_view device, std::uint64_t number) {
  const std::string digest = ssl::sha256(fmt::format("{}\n{}", device, number));
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8U | static_cast<unsigned char>(digest[i]);
  return static_cast<unsigned>(value % 100);
}

}  // namespace muster::update
