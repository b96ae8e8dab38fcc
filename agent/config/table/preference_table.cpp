#include "agent/config/table/preference_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/config/mistake.h"
#include "platform/base/suggestion.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

using enum Place;
using enum ValueType;

constexpr std::uint64_t day = 86'400;
constexpr std::uint64_t unbounded = 1'000'000'000'000;

constexpr std::string_view windows_only = "on Windows alone: the certificate is in the Local Computer's store";

// clang-format off
constexpr Preference table[] = {
    // Where things are, and who this is.
    {.name = "DataDirectory", .place = common, .type = path, .help = "folder where every default path starts"},
    {.name = "MachineId", .place = common, .help = "name of this device for $(MachineId); empty: the host name"},

    // Mutual TLS.
    {.name = "AddClientCertificateAndKey", .type = boolean, .fallback = "False",
     .help = "present the client certificate to beacons"},
    {.name = "SSLClientCertificateFile", .type = path,
     .fallback = "$(DataDirectory)/etc/ssl/client/client_cert.pem", .help = "client certificate, PEM", .files_only = true},
    {.name = "SSLClientPrivateKeyFile", .type = path,
     .fallback = "$(DataDirectory)/etc/ssl/client/private/client_key.pem", .help = "its private key, PEM", .files_only = true},
    {.name = "SSLClientPrivateKeyPasswordFile", .type = path, .help = "file with the key's password in its first line, mode 0600; if unset, systemd credential muster.key-password", .files_only = true},
    {.name = "SSLClientCertificateIssuer", .help = "choose the certificate by its issuer", .no_effect = windows_only},
    {.name = "SSLClientCertificateSubject", .help = "choose the certificate by its subject",
     .no_effect = windows_only},
    {.name = "SSLClientCertificateThumbprint", .help = "choose the certificate by its SHA-1 thumbprint",
     .no_effect = windows_only},
    {.name = "CertificateWarningDays", .type = number, .fallback = "30",
     .help = "days before its end from which 'cert check' warns", .least = 0, .most = 3650, .default_is_ours = true},
    {.name = "CertificateRenewCommand", .place = common, .type = command,
     .help = "program with its arguments that has the certificate renewed: reads a request (CSR) from its standard input, prints the new certificate", .files_only = true},

    // Trust.
    {.name = "CheckServerCertificate", .type = boolean, .fallback = "True",
     .help = "verify chain, name and dates of the beacon's certificate"},
    {.name = "CheckCertificateRevocation", .type = choice, .fallback = "True",
     .help = "refuse revoked certificates; BestEffort: not knowing is a warning", .words = "True,False,BestEffort"},
    {.name = "PrioritizeRevocationChecks", .type = list, .fallback = "CRL,OCSP",
     .help = "which revocation checks are used, in their order", .words = "OCSP,CRL,OCSPSTAPLING",
     .files_only = true, .default_is_ours = true},
    {.name = "SSLCACertificateFile", .type = path, .fallback = "$(DataDirectory)/etc/ssl/cert.pem",
     .help = "CA roots, one PEM bundle", .files_only = true},
    {.name = "SSLCACertificatePath", .type = path, .fallback = "$(DataDirectory)/etc/ssl/certs",
     .help = "CA roots, folder with files named by subject hash", .files_only = true},
    {.name = "SSLCRLPath", .type = path, .fallback = "$(DataDirectory)/etc/ssl/crls", .help = "folder of CRLs",
     .files_only = true, .default_is_ours = true},
    {.name = "SSLOCSPPath", .type = path, .fallback = "$(DataDirectory)/etc/ssl/ocsp",
     .help = "folder of OCSP answers", .files_only = true, .default_is_ours = true},
    {.name = "SSLCRLCacheLifetime", .type = number, .fallback = "0", .help = "seconds; 0: until the CRL's nextUpdate",
     .least = 0, .most = 3650 * day, .files_only = true},
    {.name = "SSLOCSPCacheLifetime", .type = number, .fallback = "0",
     .help = "seconds; 0: until the answer's nextUpdate", .least = 0, .most = 3650 * day, .files_only = true},

    // Network.
    {.name = "PreferIPVersion", .type = choice, .fallback = "SystemSupplied", .help = "IP version to try first; the other one follows when it fails, after half of NetworkTimeout at the latest",
     .words = "IPv4,IPv6,SystemSupplied"},
    {.name = "NetworkTimeout", .type = number, .fallback = "30",
     .help = "timeout in s for connecting and TLS, then for inactivity", .least = 1, .most = 3600,
     .default_is_ours = true},
    {.name = "SendTCPKeepAlive", .type = boolean, .fallback = "True", .help = "keep-alive probes on idle connections"},
    {.name = "http_proxy", .type = proxy, .help = "proxy for http locations without one; NONE: none"},
    {.name = "https_proxy", .type = proxy, .help = "proxy for https locations without one; NONE: none"},
    {.name = "no_proxy", .help = "host names and domains without a proxy, with commas between; *: all"},
    {.name = "ProxyPasswordFile", .type = path,
     .help = "file with the proxy user's password in its first line, mode 0600; if unset, systemd credential muster.proxy-password"},
    {.name = "NetworkRetries", .type = number, .fallback = "1", .help = "number of retries after a failure that may pass", .least = 0,
     .most = 1000, .default_is_ours = true},
    {.name = "NetworkRetryPeriodIncrement", .type = number, .fallback = "0",
     .help = "seconds by which each wait is longer than the one before; jittered, and never below a second", .least = 0, .most = day},
    {.name = "MaximumNetworkRetryPeriod", .type = number, .fallback = "120", .help = "seconds after the first failure in which further tries are made",
     .least = 0, .most = day, .default_is_ours = true},
    {.name = "NetworkMaxRate", .type = number, .fallback = "0", .help = "bytes a second of all transfers together, each way; 0: no limit", .least = 0,
     .most = unbounded},
    {.name = "NetworkMinSpeed", .type = number, .fallback = "0", .help = "bits a second; a slower beacon has failed",
     .least = 0, .most = unbounded, .default_is_ours = true},
    {.name = "NetworkHighSpeed", .type = number, .fallback = "0",
     .help = "bits a second from which a line is fast; 0: all of every line is used", .least = 0, .most = unbounded},
    {.name = "NetworkHighUsage", .type = number, .fallback = "100", .help = "share of a fast line to use, in percent; 0 = 0.1 %",
     .least = 0, .most = 100},
    {.name = "NetworkLowUsage", .type = number, .fallback = "100", .help = "percent of a slow line to use; 0: a tenth of one",
     .least = 0, .most = 100, .default_is_ours = true},
    {.name = "MaxConcurrentTransfers", .type = number, .fallback = "64", .help = "transfers at the same time, where a backlog and the round trip ask for them",
     .least = 1, .most = 64, .default_is_ours = true},
    {.name = "MaximumDownloadSize", .type = number, .fallback = "2147483648",
     .help = "bytes that a download may have at most", .least = 1, .most = unbounded, .default_is_ours = true},
    {.name = "UploadVerify", .type = choice, .fallback = "First", .help = "ask for an upload with HEAD: of each location the first one, or all",
     .words = "None,First,All", .default_is_ours = true},
    {.name = "UploadDigest", .type = choice, .fallback = "Auto",
     .help = "send Content-Digest (RFC 9530); Auto: up to 64 MiB", .words = "Auto,Always,Never",
     .default_is_ours = true},

    {.name = "SpoolQuota", .type = number, .fallback = "0",
     .help = "bytes of the spool; above it set-aside files go first, then the oldest that wait, but the newest of each type; 0: no quota",
     .least = 0, .most = unbounded, .default_is_ours = true},

    // Choosing a beacon.
    {.name = "SelectorAlgorithm", .place = select, .type = algorithms, .fallback = "Fastest",
     .help = "algorithms joined by ';', the last one decides most", .default_is_ours = true},
    {.name = "HighestPriority", .place = select, .type = number, .fallback = "1",
     .help = "lowest priority number assigned by algorithms", .least = 0, .most = 1'000'000,
     .default_is_ours = true},
    {.name = "LowestPriority", .place = select, .type = number, .fallback = "99",
     .help = "last number that the algorithms give, and that of a fixed location without one", .least = 0,
     .most = 1'000'000, .default_is_ours = true},
    {.name = "ComputerDomain", .place = select, .help = "DNS domain of this device, for MgsDomainMatch"},
    {.name = "AllowedBeaconDomains", .place = common, .help = "domains below which a policy may add beacons, with commas between; empty: the parent domains of the hosts set here"},
    {.name = "PolicyKeyFile", .place = common, .type = path, .help = "Ed25519 public key, PEM; where it is set, a policy has to be signed with it"},
    {.name = "PolicyFormat", .type = choice, .fallback = "auto",
     .help = "policy to ask for: auto is JSON, then that of an existing beacon (.npl), what worked last first",
     .words = "auto,json,npl", .default_is_ours = true},
    {.name = "BootstrappedPolicy", .help = "path of the .npl policy below the download location; empty: by ComputerDomain and MachineId"},
    {.name = "PolicyPackageRefreshPeriod", .type = number, .fallback = "86400",
     .help = "seconds in which a package of an .npl policy is not asked for again; 0: always asked for", .least = 0, .most = 31'536'000},
    {.name = "SoftwareUpdates", .place = common, .type = boolean, .fallback = "False",
     .help = "fetch signed releases of Muster from beacons and install them", .default_is_ours = true},
    {.name = "UpdateKeyFile", .place = common, .type = path, .help = "Ed25519 public key, PEM, that releases have to be signed with; empty: that of the package"},
    {.name = "AllowedPkgTypes", .help = "types of packages that an .npl policy may use, with ';' between; empty: all"},

    // The agent itself.
    {.name = "LogLevel", .place = common, .type = choice, .fallback = "info", .help = "how much the running agent logs, where neither -v nor -q says it",
     .words = "debug,info,warning,error,off", .default_is_ours = true},
    {.name = "LogFile", .place = common, .type = path,
     .help = "file that the running agent logs to as well, such as <DataDirectory>/log/muster.log"},
    {.name = "LogFileSize", .place = common, .type = number, .fallback = "10485760",
     .help = "bytes of LogFile from which on it becomes muster.1.log and a new one starts", .least = 65'536,
     .most = 1'073'741'824, .default_is_ours = true},
    {.name = "LogFileCount", .place = common, .type = number, .fallback = "5",
     .help = "how many such older files are kept", .least = 1, .most = 100, .default_is_ours = true},
    {.name = "StatusMaxAge", .place = common, .type = number, .fallback = "86400",
     .help = "seconds without a delivery, while files wait, after which 'status' exits with 6", .least = 60,
     .most = 31'536'000, .default_is_ours = true},
    {.name = "MetricsFile", .place = common, .type = path, .help = "file for the agent's metrics in Prometheus' text format"},

    // One location.
    {.name = "Protocol", .place = location, .type = choice, .help = "https, or http without protection",
     .words = "https,http"},
    {.name = "Host", .place = location, .help = "name or address of the beacon"},
    {.name = "Port", .place = location, .type = number, .help = "TCP port", .least = 1, .most = 65'535},
    {.name = "Directory", .place = location, .help = "by custom ManageSoftRL for uploads, ManageSoftDL for downloads"},
    {.name = "Name", .place = location, .help = "display name"},
    {.name = "User", .place = location, .help = "user of basic authentication; empty: anonymous"},
    {.name = "Password", .place = location, .type = secret, .help = "password of basic authentication"},
    {.name = "PasswordFile", .place = location, .type = path,
     .help = "file whose first line is that password, mode 0600; if unset, systemd credential muster.password.<location>"},
    {.name = "Proxy", .place = location, .type = proxy, .help = "http://proxy:3128; NONE: none"},
    {.name = "AutoPriority", .place = location, .type = boolean, .fallback = "True",
     .help = "the algorithms may place this location"},
    {.name = "Priority", .place = location, .type = priority,
     .help = "fixed place with AutoPriority=False, 1 is best; invalid: never use", .least = 1, .most = 1'000'000},
};
// clang-format on

}  // namespace

std::span<const Preference> preference_table() { return table; }

const Preference* find_preference(std::string_view name) {
  const auto* const row = std::find_if(std::begin(table), std::end(table), [&](const Preference& preference) {
    return text::equal_ignoring_case(preference.name, name);
  });
  return row == std::end(table) ? nullptr : row;
}

std::optional<std::string> nearest_preference(std::string_view name) {
  std::vector<std::string> names;
  for (const Preference& preference : table) names.emplace_back(preference.name);
  return text::closest(name, names);
}

std::string unknown_preference(std::string_view name) {
  const auto nearest = nearest_preference(name);
  const std::string unknown = fmt::format("unknown preference '{}'", excerpt(name));
  return nearest ? fmt::format("{}. Did you mean '{}'?", unknown, *nearest) : unknown;
}

}  // namespace muster::config
