#include "agent/config/settings.h"

#include <algorithm>
#include <limits>

#include "agent/config/no_proxy.h"
#include "agent/config/proxy.h"
#include "agent/config/typed_reader.h"
#include "platform/base/text.h"
#include "platform/host.h"
#include "platform/network.h"
#include "platform/private_file.h"

namespace muster::config {
namespace {

constexpr std::uint64_t bits_in_a_byte = 8;

ssl::RevocationCheck revocation_check(const std::string& word) {
  if (text::equal_ignoring_case(word, "False")) return ssl::RevocationCheck::off;
  if (text::equal_ignoring_case(word, "BestEffort")) return ssl::RevocationCheck::best_effort;
  return ssl::RevocationCheck::required;
}

std::vector<ssl::RevocationSource> revocation_sources(const std::vector<std::string>& words) {
  std::vector<ssl::RevocationSource> sources;
  for (const std::string& word : words) {
    auto source = ssl::RevocationSource::stapling;
    if (text::equal_ignoring_case(word, "CRL")) source = ssl::RevocationSource::crl;
    if (text::equal_ignoring_case(word, "OCSP")) source = ssl::RevocationSource::ocsp;
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(source);
  }
  return sources;
}

ssl::TrustSettings read_trust(TypedReader& reader) {
  ssl::TrustSettings trust;
  trust.check_server = reader.boolean("CheckServerCertificate");
  trust.revocation = revocation_check(reader.text("CheckCertificateRevocation"));
  trust.sources = revocation_sources(reader.list("PrioritizeRevocationChecks"));
  trust.ca_file = reader.path("SSLCACertificateFile");
  trust.ca_path = reader.path("SSLCACertificatePath");
  trust.crl_path = reader.path("SSLCRLPath");
  return trust;
}

transfer::IpVersion ip_version(const std::string& word) {
  if (text::equal_ignoring_case(word, "IPv4")) return transfer::IpVersion::v4;
  if (text::equal_ignoring_case(word, "IPv6")) return transfer::IpVersion::v6;
  return transfer::IpVersion::system;
}

// The least share that a line is used for, as existing deployments know it: 0 percent stands for a thousandth.
unsigned thousandths(std::uint64_t percent) { return percent == 0 ? 1 : static_cast<unsigned>(10 * percent); }

transfer::RateLimits pace_rules(TypedReader& reader) {
  transfer::RateLimits rules;
  rules.most = reader.number("NetworkMaxRate");
  rules.fast_line = (reader.number("NetworkHighSpeed") + bits_in_a_byte - 1) / bits_in_a_byte;
  rules.fast_share = thousandths(reader.number("NetworkHighUsage"));
  rules.slow_share = thousandths(reader.number("NetworkLowUsage"));
  return rules;
}

// Half of what the limits leave to one of so many transfers, where that is less than any usable line has.
std::uint64_t assumed_speed(const transfer::RateLimits& limits, unsigned transfers) {
  constexpr std::uint64_t usual = transfer::TransferOptions{}.assumed_speed;
  constexpr std::uint64_t whole = 1000;
  std::uint64_t speed = usual;
  if (limits.most > 0) speed = std::min(speed, limits.most / transfers / 2);
  if (limits.shares()) speed = speed * std::min(limits.fast_share, limits.slow_share) / whole;
  return std::max<std::uint64_t>(1, speed);
}

delivery::UploadRules upload_rules(TypedReader& reader) {
  delivery::UploadRules rules;
  const std::string digest = reader.text("UploadDigest");
  if (text::equal_ignoring_case(digest, "Always")) rules.digest_limit = std::numeric_limits<std::uint64_t>::max();
  if (text::equal_ignoring_case(digest, "Never")) rules.digest_limit = 0;
  const std::string verify = reader.text("UploadVerify");
  if (text::equal_ignoring_case(verify, "None")) rules.verify = delivery::UploadVerify::none;
  if (text::equal_ignoring_case(verify, "All")) rules.verify = delivery::UploadVerify::all;
  return rules;
}

ssl::IdentityFiles identity_files(TypedReader& reader) {
  ssl::IdentityFiles files{reader.path("SSLClientCertificateFile"), reader.path("SSLClientPrivateKeyFile"),
                           reader.path("SSLClientPrivateKeyPasswordFile")};
  if (files.key_password_file.empty()) files.key_password_file = platform::credential("muster.key-password");
  files.selection = {reader.text("SSLClientCertificateIssuer"), reader.text("SSLClientCertificateSubject"),
                     reader.text("SSLClientCertificateThumbprint")};
  return files;
}

delivery::RetrySettings retry_settings(TypedReader& reader) {
  delivery::RetrySettings retry;
  retry.retries = static_cast<unsigned>(reader.number("NetworkRetries"));
  retry.increment = seconds(reader.number("NetworkRetryPeriodIncrement"));
  retry.longest = seconds(reader.number("MaximumNetworkRetryPeriod"));
  return retry;
}

// http_proxy, or where that is not set the proxy of the beacon in question: a device with a proxy for a location has
// no other way out. A proxy that is wrong is named among the mistakes of the locations.
std::function<std::string(const std::string&, const std::string&)> proxy_for_http(const Preferences& preferences,
                                                                                  Component component,
                                                                                  Mistakes& mistakes) {
  const auto text = [&](const char* name) {
    const auto value = preferences.get(component, name);
    return value && value->unknown.empty() ? value->text : std::string();
  };

  const std::string set = text("http_proxy");
  std::string proxy = proxy_url(set);
  if (auto full = with_proxy_password(proxy, preferences, component)) {
    proxy = std::move(*full);
  } else {
    const auto file = preferences.get(component, "ProxyPasswordFile");
    mistakes.push_back(
        {file ? file->origin : "credential", "ProxyPasswordFile: " + full.error().message, full.error().remedy});
  }

  return [proxy = std::move(proxy), is_set = !set.empty(), exceptions = text("no_proxy")](
             const std::string& host, const std::string& of_beacon) {
    if (goes_without_proxy(host, 0, exceptions)) return std::string();
    return is_set ? proxy : of_beacon;  // set to NONE: directly
  };
}

}  // namespace

Result<ssl::IdentityFiles> identity_files(const Preferences& preferences, Component component) {
  TypedReader reader(preferences, component);
  ssl::IdentityFiles files = identity_files(reader);
  if (!reader.mistakes().empty()) return fail(error_of(reader.mistakes()));
  return files;
}

Result<TransferSettings> transfer_settings(const Preferences& preferences, Component component) {
  TypedReader reader(preferences, component);
  TransferSettings settings;
  if (reader.boolean("AddClientCertificateAndKey")) {
    settings.identity = identity_files(reader);
  }
  settings.certificate_warning_days = static_cast<long>(reader.number("CertificateWarningDays"));
  settings.trust = read_trust(reader);

  settings.transfer_options.network_timeout = seconds(reader.number("NetworkTimeout"));
  settings.transfer_options.keep_alive = reader.boolean("SendTCPKeepAlive");
  settings.transfer_options.ip_version = ip_version(reader.text("PreferIPVersion"));
  settings.transfer_options.min_speed = reader.number("NetworkMinSpeed") / bits_in_a_byte;
  // Below this floor a transfer has stalled, whatever speed is asked for.
  settings.transfer_options.stall_speed =
      std::max(settings.transfer_options.stall_speed, settings.transfer_options.min_speed);

  settings.limiter = pace_rules(reader);
  settings.max_download_size = reader.number("MaximumDownloadSize");
  settings.most_transfers = static_cast<unsigned>(reader.number("MaxConcurrentTransfers"));
  settings.transfer_options.assumed_speed = assumed_speed(settings.limiter, settings.most_transfers);

  settings.upload = upload_rules(reader);
  settings.retry = retry_settings(reader);

  settings.evidence.rules.crl_folder = settings.trust.crl_path;
  settings.evidence.rules.ocsp_folder = reader.path("SSLOCSPPath");
  settings.evidence.rules.crl_lifetime = seconds(reader.number("SSLCRLCacheLifetime"));
  settings.evidence.rules.ocsp_lifetime = seconds(reader.number("SSLOCSPCacheLifetime"));
  Mistakes mistakes;
  settings.evidence.fetch = {settings.transfer_options, proxy_for_http(preferences, component, mistakes)};

  settings.quota = reader.number("SpoolQuota");
  settings.metrics_file = reader.path("MetricsFile");
  mistakes.insert(mistakes.begin(), reader.mistakes().begin(), reader.mistakes().end());
  if (!mistakes.empty()) return fail(error_of(mistakes));
  return settings;
}

Result<beacon::SelectorSettings> selector_settings(const Preferences& preferences) {
  TypedReader reader(preferences, Component::select);
  beacon::SelectorSettings settings;
  // What cannot be parsed was named as a mistake by the reader.
  if (auto chain = beacon::parse_algorithms(reader.text("SelectorAlgorithm")); chain && !chain->empty()) {
    settings.rules.chain = std::move(*chain);
  }

  settings.rules.highest = static_cast<unsigned>(reader.number("HighestPriority"));
  settings.rules.lowest = std::max(settings.rules.highest, static_cast<unsigned>(reader.number("LowestPriority")));

  settings.device.domain = reader.text("ComputerDomain");
  if (!reader.mistakes().empty()) return fail(error_of(reader.mistakes()));

  settings.device.name = machine_id(preferences);
  if (settings.rules.looks_at_addresses()) settings.device.networks = platform::own_networks();
  settings.network = platform::network_name();
  settings.state = preferences.data_directory() / "state";
  return settings;
}

log::Level log_level(const Preferences& preferences) {
  const auto value = preferences.get(Component::common, "LogLevel");
  const std::string word = value ? text::lower(value->text) : "";
  if (word == "debug") return log::Level::debug;
  if (word == "warning") return log::Level::warning;
  if (word == "error") return log::Level::error;
  return word == "off" ? log::Level::off : log::Level::info;
}

log::FileOutput log_file(const Preferences& preferences) {
  TypedReader reader(preferences, Component::common);
  log::FileOutput output;
  output.file = reader.path("LogFile");
  output.max_size = reader.number("LogFileSize");
  output.count = reader.number("LogFileCount");
  return reader.mistakes().empty() ? output : log::FileOutput();
}

std::string machine_id(const Preferences& preferences) {
  const auto value = preferences.get(Component::common, "MachineId");
  return value && value->unknown.empty() ? value->text : platform::host_name();
}

}  // namespace muster::config
