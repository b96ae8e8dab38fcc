#include "agent/config/table/value_check.h"

#include <catch2/catch.hpp>
#include <set>

#include "platform/base/text.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;

namespace {

bool good(std::string_view name, std::string_view value) {
  const Preference* const row = find_preference(name);
  REQUIRE(row != nullptr);
  return !check_value(*row, value);
}

}  // namespace

TEST_CASE("Only True and False are booleans, in any case") {
  for (const char* const value : {"yes", "1", "0", "on", "Tru", "True;", "falsch"}) {
    CHECK_FALSE(good("CheckServerCertificate", value));
  }
  for (const char* const value : {"True", "FALSE", "true", "fAlSe", ""}) CHECK(good("CheckServerCertificate", value));
}

TEST_CASE("Numbers keep to their limits") {
  for (const char* const value : {"0", "3601", "-1", "+5", "5s", "1.5", "0x10", "99999999999999999999999"}) {
    CHECK_FALSE(good("NetworkTimeout", value));
  }
  for (const char* const value : {"1", "3600", "007"}) CHECK(good("NetworkTimeout", value));
  CHECK(has(check_value(*find_preference("NetworkTimeout"), "0")->text, "a number from 1 to 3600, not '0'"));
}

TEST_CASE("Choices and lists know their words alone") {
  CHECK_FALSE(good("CheckCertificateRevocation", "Best"));
  CHECK(good("CheckCertificateRevocation", "besteffort"));
  CHECK_FALSE(good("PrioritizeRevocationChecks", "CRL,OCPS"));
  CHECK_FALSE(good("PrioritizeRevocationChecks", ","));
  CHECK_FALSE(good("PrioritizeRevocationChecks", "CRL;OCSP"));
  CHECK(good("PrioritizeRevocationChecks", "ocsp, crl"));
}

TEST_CASE("Paths are absolute") {
  CHECK_FALSE(good("SSLCRLPath", "crls"));
  CHECK_FALSE(good("SSLCRLPath", "../crls"));
  CHECK(good("SSLCRLPath", "/crls"));
}

TEST_CASE("A priority is a place or invalid") {
  CHECK_FALSE(good("Priority", "0"));
  CHECK_FALSE(good("Priority", "best"));
  CHECK(good("Priority", "1"));
  CHECK(good("Priority", "Invalid"));
}

TEST_CASE("Selector algorithms are checked by name, Windows ones are named") {
  CHECK_FALSE(good("SelectorAlgorithm", "MgsPong"));
  CHECK_FALSE(good("SelectorAlgorithm", "MgsPing;MgsNameMatch(20,,true"));
  CHECK(good("SelectorAlgorithm", "mgsping;MgsNameMatch(20,,true);MgsDHCP"));
  CHECK(idle_algorithms("MgsPing(3,false);MgsDHCP;mgsadsitematch(3)", true) ==
        std::vector<std::string>{"MgsDHCP has an effect on Windows only",
                                 "MgsADSiteMatch has an effect on Windows only"});
  CHECK(idle_algorithms("MgsDomainMatch", true).empty());
  CHECK(idle_algorithms("MgsDomainMatch", false).front().find("without ComputerDomain") != std::string::npos);
  for (const char* more : {"MgsPing(3,true)", "MgsPing(,,4)"}) CHECK(idle_algorithms(more, true).size() == 1);
}

TEST_CASE("Secrets are neither shown nor quoted") {
  CHECK(shown_value(*find_preference("Password"), "hush") == "(set)");
  CHECK(shown_value(*find_preference("Password"), "").empty());
  CHECK(shown_value(*find_preference("Proxy"), "http://me:hush@proxy:3128") == "http://(set)@proxy:3128");
  CHECK(shown_value(*find_preference("Proxy"), "me:hush@proxy:3128") == "(set)@proxy:3128");
  CHECK(shown_value(*find_preference("Proxy"), "http://proxy:3128") == "http://proxy:3128");
  CHECK(shown_value(*find_preference("Host"), "me:hush@beacon") == "(set)@beacon");
  const auto wrong = check_value(*find_preference("https_proxy"), "gopher://me:hush@proxy");
  REQUIRE(wrong);
  CHECK_FALSE(has(wrong->text + wrong->remedy, "hush"));
}

TEST_CASE("A proxy's URL is whole, as its parts would otherwise be told in errors of the transport library") {
  for (const char* const value :
       {"http://proxy:3128", "HTTPS://proxy", "proxy:3128", "proxy", "192.0.2.1:1", "http://[2001:db8::1]:3128/",
        "http://me:hush@proxy:3128", "http://me@proxy", "me:hu:sh@proxy", "http://me:50%25%@proxy:65535", "NONE", ""}) {
    INFO(value);
    CHECK(good("Proxy", value));
  }
  for (const char* const value : {"http://me:hush@proxy:notaport",
                                  "http://me:hush@proxy:1:2",
                                  "http://me:hu/sh@proxy:1",
                                  "http://me:hu?sh@proxy",
                                  "http://me:hu#sh@proxy:1",
                                  "http://me:hu@sh@proxy:1",
                                  "http://me:hush@proxy:0",
                                  "http://me:hush@proxy:65536",
                                  "http://me:hush@proxy:",
                                  "http://me:hush@proxy:3128/path",
                                  "http://me:hush@",
                                  "http://",
                                  "://proxy",
                                  "http://me:hu sh@proxy:1",
                                  "http://me:hu%0ash@proxy:1",
                                  "http://me:hush@[proxy]:1",
                                  "http://[::1",
                                  "http://[::1]x",
                                  "socks5://proxy:1080",
                                  "http:proxy",
                                  "http:/proxy:3128",
                                  "http://me:hush@pro,xy",
                                  "http://me:hush@-proxy"}) {
    const auto wrong = check_value(*find_preference("Proxy"), value);
    INFO(value);
    REQUIRE(wrong);
    CHECK_FALSE((has(wrong->text + wrong->remedy, "hu") || has(wrong->text + wrong->remedy, "sh@")));
  }
}

TEST_CASE("What may be a secret in place of a path is not quoted") {
  for (const auto& [name, value] : {std::pair("SSLClientPrivateKeyPasswordFile", "hush"),
                                    std::pair("SSLClientPrivateKeyFile", "pkcs11:token=a;object=b?pin-value=hush")}) {
    const auto wrong = check_value(*find_preference(name), value);
    REQUIRE(wrong);
    CHECK_FALSE(has(wrong->text + wrong->remedy, "hush"));
    CHECK(shown_value(*find_preference(name), value) == "(set)");
  }
  CHECK(shown_value(*find_preference("SSLClientPrivateKeyPasswordFile"), "/etc/password") == "/etc/password");
  CHECK(has(check_value(*find_preference("SSLClientCertificateFile"), "pkcs11:token=a")->text, "not supported"));
}

TEST_CASE("Every row of the table is whole, and its default fits its type") {
  std::set<std::string> names;
  for (const Preference& row : preference_table()) {
    INFO(row.name);
    CHECK(names.insert(text::lower(row.name)).second);
    CHECK_FALSE(row.help.empty());
    CHECK((row.type == ValueType::choice || row.type == ValueType::list) == !row.words.empty());
    if (row.type == ValueType::number) CHECK(row.least < row.most);
    if (row.type == ValueType::path && !row.fallback.empty()) {
      CHECK(row.fallback.starts_with("$(DataDirectory)/"));
    } else {
      CHECK_FALSE(check_value(row, row.fallback));
    }
  }
}

TEST_CASE("Names are found in any case, and near misses are named") {
  CHECK(find_preference("checkSERVERcertificate") != nullptr);
  CHECK(find_preference("CheckServer") == nullptr);
  CHECK(nearest_preference("CheckServerCertficate") == "CheckServerCertificate");
  CHECK(nearest_preference("Hots") == "Host");
  CHECK_FALSE(nearest_preference("Zzzzzzzzzzzzzz"));
  CHECK_FALSE(nearest_preference(std::string(1 << 20, 'x')));
  CHECK(unknown_preference("NetworkTimeOutt") ==
        "unknown preference 'NetworkTimeOutt'. Did you mean 'NetworkTimeout'?");
}
