#include "platform/network.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "platform/linux/route_table.h"

using namespace muster;
using namespace muster::platform;

namespace {

constexpr char head[] = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
const std::string none(32, '0');

// What a child sees in a network of its own that `commands` set up: the name, then each address/prefix; "" where this
// user may not have one.
std::string seen_in_network(const char* commands) {
  std::array<int, 2> way{};
  REQUIRE(::pipe(way.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::string seen;
    if (::unshare(CLONE_NEWNET) == 0 && std::system(commands) == 0) {  // NOLINT(concurrency-mt-unsafe)
      seen = network_name();
      for (const IpNetwork& network : own_networks()) {
        for (std::size_t i = 0; i < network.address.bits() / 8; ++i) {
          seen += (i == 0 ? " " : ".") + std::to_string(network.address.bytes[i]);
        }
        seen += "/" + std::to_string(network.prefix);
      }
    }
    const bool written = ::write(way[1], seen.data(), seen.size()) == static_cast<ssize_t>(seen.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(way[1]);
  std::string seen;
  std::array<char, 1000> piece{};
  for (;;) {
    const ssize_t got = ::read(way[0], piece.data(), piece.size());
    if (got <= 0) break;
    seen.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(way[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return seen;
}

}  // namespace

TEST_CASE("the gateway is the one of the default route", "[network]") {
  CHECK(gateway_in_v4(std::string(head) + "eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
                                          "eth0\t00000000\tFE02A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n") ==
        parse_ip("192.168.2.254"));
  CHECK(gateway_in_v6(none + " 00 " + none + " 00 fe800000000000000000000000000001 00000400 1 0 00000003 eth0\n") ==
        parse_ip("fe80::1"));
}

TEST_CASE("of several default routes the one with the lowest metric counts", "[network]") {
  CHECK(gateway_in_v4(std::string(head) + "eth0\t00000000\tFE02A8C0\t0003\t0\t0\t900\t00000000\t0\t0\t0\n"
                                          "eth1\t00000000\tFE03A8C0\t0003\t0\t0\t1000\t00000000\t0\t0\t0\n"
                                          "eth2\t00000000\tFE04A8C0\t0003\t0\t0\t5\t00000000\t0\t0\t0\n") ==
        parse_ip("192.168.4.254"));

  const std::string start = none + " 00 " + none + " 00 fe8000000000000000000000000000";
  CHECK(gateway_in_v6(start + "01 00000400 1 0 00000003 eth0\n" + start + "02 00000064 1 0 00000003 eth1\n") ==
        parse_ip("fe80::2"));
}

TEST_CASE("where there is no gateway none is made up", "[network]") {
  CHECK_FALSE(gateway_in_v4(""));
  CHECK_FALSE(gateway_in_v4(head));
  CHECK_FALSE(gateway_in_v4("eth0\t00000000\n"));
  // A half of all addresses each, as a VPN sets them, and a line that leads to no gateway.
  CHECK_FALSE(gateway_in_v4(std::string(head) + "tun0\t00000000\tFE02A8C0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"
                                                "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"));
  CHECK_FALSE(gateway_in_v6(""));
  CHECK_FALSE(gateway_in_v6(none + " 00 " + none + " 00 " + none + " ffffffff 1 0 00200200 lo\n"));
  CHECK_FALSE(gateway_in_v6(none + " 00 " + none + " 00 fe80 00000400 1 0 00000003 eth0\n"));
  CHECK_FALSE(gateway_in_v6("20010db8" + std::string(24, '0') + " 20 " + none +
                            " 00 fe800000000000000000000000000001 00000400 1 0 00000003 eth0\n"));
}

TEST_CASE("a network is named by its gateway and the subnet of the interface towards it", "[network]") {
  const auto seen = seen_in_network(
      "ip link set lo up && ip link add one type veth peer name two && ip link set two up &&"
      " ip addr add 192.0.2.77/25 dev one && ip addr add 2001:db8:0:8::7/61 dev one nodad && ip link set one up &&"
      " ip addr add 10.0.0.1/8 dev two && ip route add default via 192.0.2.1");
  if (seen.empty()) return;
  CHECK(seen.substr(0, seen.find(' ')) == "192.0.2.1/192.0.2.0/25");
  CHECK(seen.find(" 192.0.2.77/25") != std::string::npos);
  CHECK(seen.find(" 10.0.0.1/8") != std::string::npos);
  CHECK(seen.find(" 32.1.13.184.0.0.0.8.0.0.0.0.0.0.0.7/61") != std::string::npos);
  CHECK(std::count(seen.begin(), seen.end(), '/') == 2 + 3);  // neither loopback nor fe80::
}

TEST_CASE("with IPv6 alone its gateway names the network, and without a gateway nothing does", "[network]") {
  const auto v6 = seen_in_network(
      "ip link add one type veth peer name two && ip link set two up && ip link set one up &&"
      " ip addr add 2001:db8::7/64 dev one nodad && ip -6 route add default via 2001:db8::1 dev one");
  if (v6.empty()) return;
  CHECK(v6.substr(0, v6.find(' ')) == "2001:db8::1/2001:db8::/64");
  CHECK(seen_in_network("ip link set lo up") == "-");
}

TEST_CASE("names have all their addresses, addresses are their own, and the rest has none", "[network]") {
  const auto found = resolve({"localhost", "192.0.2.9", "nothing.invalid"}, seconds(20));
  REQUIRE(found.size() == 3);
  CHECK(std::count(found[0].begin(), found[0].end(), "127.0.0.1") == 1);
  CHECK(found[1] == std::vector<std::string>{"192.0.2.9"});
  CHECK(found[2].empty());
}

TEST_CASE("who does not wait has no answer", "[network]") {
  CHECK(resolve({"nothing.invalid"}, milliseconds(0)).front().empty());
  CHECK(resolve({}, seconds(20)).empty());
}
