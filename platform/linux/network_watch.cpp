#include "platform/network_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace muster::platform {
namespace {

constexpr unsigned groups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

UniqueFd open_socket() {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), any, sizeof address) != 0) return {};
  return socket;
}

template <class Body>
const Body* body_of(const nlmsghdr& message) {
  const bool whole = message.nlmsg_len >= sizeof(nlmsghdr) + sizeof(Body);
  return whole ? reinterpret_cast<const Body*>(&message + 1) : nullptr;
}

// Up or down, and not a mere report.
bool is_change_of_link(const nlmsghdr& message, std::map<int, bool>& running) {
  const auto* const link = body_of<ifinfomsg>(message);
  if (link == nullptr || (link->ifi_flags & IFF_LOOPBACK) != 0) return false;
  if (message.nlmsg_type == RTM_DELLINK) return running.erase(link->ifi_index) > 0;

  const bool runs = (link->ifi_flags & IFF_RUNNING) != 0;
  const auto [known, added] = running.try_emplace(link->ifi_index, runs);
  const bool changed = added || known->second != runs;
  known->second = runs;
  return changed;
}

// Of the main table; the kernel's own entries for single addresses follow from those of interfaces.
bool is_change_of_route(const nlmsghdr& message) {
  const auto* const route = body_of<rtmsg>(message);
  return route != nullptr && route->rtm_table == RT_TABLE_MAIN && route->rtm_type == RTN_UNICAST &&
         (route->rtm_flags & RTM_F_CLONED) == 0;
}

bool is_change(const nlmsghdr& message, std::map<int, bool>& running) {
  switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: return is_change_of_link(message, running);
    case RTM_NEWADDR:
    case RTM_DELADDR: return true;
    case RTM_NEWROUTE:
    case RTM_DELROUTE: return is_change_of_route(message);
    default: return false;
  }
}

}  // namespace

NetworkWatch::NetworkWatch() : handle_(open_socket()) {}

bool NetworkWatch::take_changes() {
  bool changed = false;
  alignas(nlmsghdr) std::array<char, 16384> buffer;
  while (handle_) {
    const ssize_t size = ::recv(handle_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == ENOBUFS) {
      changed = true;  // some were lost
      continue;
    }
    if (size <= 0) break;

    auto left = static_cast<unsigned>(size);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      changed = is_change(*message, running_) || changed;
    }
  }
  return changed;
}

}  // namespace muster::platform
