#include "agent/config/settings.h"

#include <catch2/catch.hpp>

#include "agent/config/typed_reader.h"
#include "platform/host.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;

namespace {

TransferSettings settings(const std::string& ini, Component component = Component::upload) {
  const auto result = transfer_settings(*ScratchFolder(ini).load(), component);
  INFO((result ? std::string() : result.error().line()));
  REQUIRE(result);
  return *result;
}

constexpr char common[] = "[ManageSoft\\Common]\n";

}  // namespace

TEST_CASE("Wrong values of a step are told all at once, with file and line") {
  const ScratchFolder folder(std::string(common) +
                             "AddClientCertificateAndKey=on\nNetworkTimeout=0\nPreferIPVersion=IPv5\n"
                             "SSLCACertificateFile=cert.pem\nPrioritizeRevocationChecks=CLR\nSSLCRLPath=$(Home)/x\n");
  const auto result = transfer_settings(*folder.load(), Component::upload);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::preference);
  for (int line = 2; line <= 7; ++line) CHECK(has(result.error().message, folder.at(line) + ": "));
}

TEST_CASE("A password file that cannot be read is a mistake also where only http_proxy has a user") {
  const ScratchFolder folder(std::string(common) +
                             "http_proxy=http://agent@proxy.example:3128\nProxyPasswordFile=/nonexistent/word\n");
  const auto result = transfer_settings(*folder.load(), Component::upload);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::preference);
  CHECK(has(result.error().message, folder.at(3) + ": ProxyPasswordFile: "));

  folder.write("config.ini",
               std::string(common) + "http_proxy=http://proxy:3128\nProxyPasswordFile=/nonexistent/word\n");
  CHECK(transfer_settings(*folder.load(), Component::upload));
}

TEST_CASE("Without any preference the safe defaults act") {
  const auto result = settings("");
  CHECK_FALSE(result.identity);
  CHECK(result.trust.check_server);
  CHECK(result.trust.revocation == ssl::RevocationCheck::required);
  CHECK(result.trust.uses(ssl::RevocationSource::crl));
  CHECK(result.trust.ca_file == platform::default_data_directory() / "etc/ssl/cert.pem");
  CHECK(result.trust.ca_path == platform::default_data_directory() / "etc/ssl/certs");
  CHECK(result.trust.crl_path == platform::default_data_directory() / "etc/ssl/crls");
  CHECK(result.transfer_options.network_timeout == seconds(30));
  CHECK(result.transfer_options.keep_alive);
  CHECK(result.transfer_options.ip_version == transfer::IpVersion::system);
  CHECK(result.transfer_options.stall_speed == 100);
  CHECK(result.transfer_options.min_speed == 0);
}

TEST_CASE("The client certificate is switched on for each step by itself") {
  const std::string ini = std::string(common) +
                          "AddClientCertificateAndKey=True\nDataDirectory=/d\n"
                          "[ManageSoft\\Launcher\\CurrentVersion]\nAddClientCertificateAndKey=False\n";
  const auto upload = settings(ini, Component::upload);
  REQUIRE(upload.identity);
  CHECK(upload.identity->certificate == "/d/etc/ssl/client/client_cert.pem");
  CHECK(upload.identity->key == "/d/etc/ssl/client/private/client_key.pem");
  CHECK_FALSE(settings(ini, Component::download).identity);
}

TEST_CASE("Trust and options follow the preferences, whatever their case") {
  const auto result = settings(std::string(common) +
                               "checkservercertificate=false\nCheckCertificateRevocation=bestEFFORT\n"
                               "PrioritizeRevocationChecks=OCSP,OCSPStapling\nPreferIPVersion=ipv6\n"
                               "SendTCPKeepAlive=FALSE\nNetworkTimeout=7\nSSLCRLPath=/crls\nNetworkMinSpeed=400\n");
  CHECK_FALSE(result.trust.check_server);
  CHECK(result.trust.revocation == ssl::RevocationCheck::best_effort);
  CHECK_FALSE(result.trust.uses(ssl::RevocationSource::crl));
  CHECK(result.trust.crl_path == "/crls");
  CHECK(result.transfer_options.ip_version == transfer::IpVersion::v6);
  CHECK_FALSE(result.transfer_options.keep_alive);
  CHECK(result.transfer_options.network_timeout == seconds(7));
  CHECK(result.transfer_options.min_speed == 50);
  CHECK(result.transfer_options.stall_speed == 100);
  CHECK(settings(std::string(common) + "CheckCertificateRevocation=False\n").trust.revocation ==
        ssl::RevocationCheck::off);
  CHECK(
      settings(std::string(common) + "PrioritizeRevocationChecks=ocsp, crl\n").trust.uses(ssl::RevocationSource::crl));
}

TEST_CASE("A share of the line is in percent, where 0 stands for a tenth of one") {
  const auto limiter =
      settings(std::string(common) + "NetworkHighSpeed=9\nNetworkHighUsage=0\nNetworkLowUsage=25\n").limiter;
  CHECK(limiter.fast_line == 2);
  CHECK(limiter.fast_share == 1);
  CHECK(limiter.slow_share == 250);
  CHECK(limiter.shares());
  CHECK_FALSE(settings(std::string(common) + "NetworkHighUsage=20\nNetworkLowUsage=10\n").limiter.shares());
}

TEST_CASE("The device is called by MachineId, or else by its host name") {
  CHECK(machine_id(*ScratchFolder(std::string(common) + "MachineId=m1\n").load()) == "m1");
  CHECK(machine_id(*ScratchFolder("").load()) == platform::host_name());
}

TEST_CASE("Single values are read with their type") {
  const auto preferences =
      ScratchFolder(std::string(common) + "CertificateWarningDays=14\nSendTCPKeepAlive=no\n").load();
  CHECK(number(*preferences, Component::common, "CertificateWarningDays") == 14U);
  CHECK(boolean(*preferences, Component::common, "CheckServerCertificate") == true);
  CHECK(boolean(*preferences, Component::common, "SendTCPKeepAlive").error().kind == ErrorKind::preference);
}
