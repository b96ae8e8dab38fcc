#include "agent/policy/allow_list.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "agent/beacon/algorithm.h"
#include "agent/config/mistake.h"
#include "agent/config/table/preference_table.h"
#include "agent/config/table/value_check.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

constexpr std::uint64_t min_rate = 64ULL * 1024;  // bytes a second
constexpr std::uint64_t unbounded = 1'000'000'000'000;

// Narrower than the preference's own range, so that no value stops the device from reaching its beacons.
struct Permitted {
  std::string_view name;
  std::uint64_t least = 0;  // of a number
  std::uint64_t most = 0;   // 0: it is no number
  bool zero_is_no_limit = false;
  std::string_view words = {};  // empty: those of the preference
};

constexpr std::array allow_list = {
    Permitted{"NetworkMaxRate", min_rate, unbounded, true},
    Permitted{"NetworkTimeout", 5, 300},
    Permitted{"NetworkRetries", 0, 20},
    Permitted{"NetworkRetryPeriodIncrement", 0, 3600},
    Permitted{"MaximumNetworkRetryPeriod", 1, 86'400},
    Permitted{"MaxConcurrentTransfers", 1, 64},
    Permitted{"SendTCPKeepAlive"},
    Permitted{"PreferIPVersion"},
    Permitted{"SelectorAlgorithm"},
    Permitted{"HighestPriority", 0, 1'000'000},
    Permitted{"LowestPriority", 0, 1'000'000},
    Permitted{.name = "LogLevel", .words = "debug,info,warning"},
};

struct Forbidden {
  std::string_view start;  // of the name
  std::string_view reason;
};

// The first that fits counts. They are words for people: what is not on the allow-list is refused in any case.
constexpr std::array forbidden = {
    Forbidden{"AddClientCertificate", "a policy never changes the identity of the device"},
    Forbidden{"SSLClient", "a policy never changes the identity of the device"},
    Forbidden{"MachineId", "a policy never changes the identity of the device"},
    Forbidden{"ComputerDomain", "a policy never changes the identity of the device"},
    Forbidden{"CheckServerCertificate", "a policy never changes a check"},
    Forbidden{"CheckCertificateRevocation", "a policy never changes a check"},
    Forbidden{"PrioritizeRevocationChecks", "a policy never changes a check"},
    Forbidden{"SSLCRLCacheLifetime", "a policy never changes a check"},
    Forbidden{"SSLOCSPCacheLifetime", "a policy never changes a check"},
    Forbidden{"UploadVerify", "a policy never changes a check"},
    Forbidden{"UploadDigest", "a policy never changes a check"},
    Forbidden{"CertificateWarningDays", "a policy never changes a check"},
    Forbidden{"CertificateRenewCommand", "a policy never runs a program"},
    Forbidden{"SSLCA", "a policy never changes what the device trusts"},
    Forbidden{"AllowedBeaconDomains", "a policy never changes what the device trusts"},
    Forbidden{"Policy", "a policy never changes what the device trusts"},
    Forbidden{"http_proxy", "a policy never sets a proxy"},
    Forbidden{"https_proxy", "a policy never sets a proxy"},
    Forbidden{"no_proxy", "a policy never sets a proxy"},
    Forbidden{"Proxy", "a policy never sets a proxy"},
    Forbidden{"User", "a policy never sets a user or a password"},
    Forbidden{"Password", "a policy never sets a user or a password"},
    Forbidden{"SpoolQuota", "a policy never has files of the spool removed"},
    Forbidden{"NetworkMinSpeed", "it could exclude every beacon"},
    Forbidden{"NetworkHigh", "a share of a slow line can be below 64 KiB/s"},
    Forbidden{"NetworkLowUsage", "a share of a slow line can be below 64 KiB/s"},
};

std::string why_forbidden(std::string_view name) {
  const config::Preference* const preference = config::find_preference(name);
  const auto* const found = std::find_if(forbidden.begin(), forbidden.end(), [&](const Forbidden& one) {
    return text::starts_with_ignoring_case(name, one.start);
  });
  if (found != forbidden.end()) return std::string(found->reason);
  if (preference == nullptr) return "there is no such preference";
  if (preference->type == config::ValueType::path) return "a policy never sets a path";
  if (preference->place == config::Place::location) return "a location belongs in beacons";
  return "it is not among the preferences that a policy may set";
}

std::optional<std::string> wrong_number(const Permitted& row, std::string_view value) {
  const auto number = text::to_number(value);
  if (number && *number >= row.least && *number <= row.most) return std::nullopt;
  if (number && *number == 0 && row.zero_is_no_limit) return std::nullopt;
  return fmt::format("a policy may set it from {} to {}{}, not to '{}'", row.least, row.most,
                     row.zero_is_no_limit ? ", or to 0 for no limit" : "", config::excerpt(value));
}

std::optional<std::string> wrong_word(const Permitted& row, std::string_view value) {
  const auto words = text::split(row.words, ',');
  const bool known = std::any_of(words.begin(), words.end(),
                                 [&](const std::string& word) { return text::equal_ignoring_case(word, value); });
  if (known) return std::nullopt;
  return fmt::format("a policy may set it to one of {}, not to '{}'", fmt::join(words, ", "), config::excerpt(value));
}

bool discards_locations(std::string_view value) {
  const auto chain = beacon::parse_algorithms(value);
  return chain && std::any_of(chain->begin(), chain->end(),
                              [](const beacon::Algorithm& algorithm) { return algorithm.discard_foreign; });
}

}  // namespace

std::optional<std::string> why_not_permitted(std::string_view name, std::string_view value) {
  const auto* const row = std::find_if(allow_list.begin(), allow_list.end(),
                                       [&](const Permitted& one) { return text::equal_ignoring_case(one.name, name); });
  if (row == allow_list.end()) return why_forbidden(name);
  if (value.empty()) return "it has no value";

  if (const auto wrong = config::check_value(*config::find_preference(name), value)) return wrong->text;
  if (row->name == "SelectorAlgorithm" && discards_locations(value))
    return "an algorithm with discardForeign could exclude every beacon";
  if (row->most > 0) return wrong_number(*row, value);
  return row->words.empty() ? std::nullopt : wrong_word(*row, value);
}

}  // namespace muster::policy
