#include "platform/listeners.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/socket_address.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

// Four bytes or sixteen.
std::string address_in_words(std::string_view bytes) {
  IpAddress address;
  address.v6 = bytes.size() == address.bytes.size();
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return shown(address);
}

// "0100007F" and its longer form for IPv6: words of 32 bits as the kernel has them in memory.
std::string address_of(const std::string& digits) {
  if (digits.size() != 8 && digits.size() != 32) return {};
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < digits.size() / 8; ++i) {
    words[i] = static_cast<std::uint32_t>(std::strtoul(digits.substr(8 * i, 8).c_str(), nullptr, 16));
  }
  return address_in_words(std::string_view(reinterpret_cast<const char*>(words.data()), digits.size() / 2));
}

// "  0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   107        0 20911 ...", proc(5)
void add_sockets(const SystemRoot& root, const std::string& file, const char* protocol, std::string_view state,
                 std::vector<ListeningSocket>& found) {
  root.each_line("proc/net/" + file, [&](std::string_view line) {
    const std::vector<std::string> words = text::split(line, ' ');
    if (words.size() < 10 || words[3] != state) return;
    const std::size_t colon = words[1].find(':');
    const bool connected = words[2].find_first_not_of("0:") != std::string::npos;
    if (colon == std::string::npos || connected) return;

    ListeningSocket socket;
    socket.protocol = protocol;
    socket.address = address_of(words[1].substr(0, colon));
    socket.port = static_cast<std::uint16_t>(std::strtoul(words[1].substr(colon + 1).c_str(), nullptr, 16));
    socket.inode = text::to_number(words[9]).value_or(0);
    if (!socket.address.empty() && socket.port != 0) found.push_back(std::move(socket));
  });
}

// A descriptor of a socket is a link to "socket:[20911]".
void add_owners(const SystemRoot& root, std::vector<ListeningSocket>& found) {
  std::multimap<std::string, ListeningSocket*> wanted;
  for (ListeningSocket& socket : found) wanted.emplace("socket:[" + std::to_string(socket.inode) + "]", &socket);

  for (const std::string& name : root.names("proc")) {
    const auto pid = text::to_number(name);
    if (!pid || wanted.empty()) continue;
    for (const std::string& descriptor : root.names("proc/" + name + "/fd")) {
      const auto [first, last] = wanted.equal_range(root.link("proc/" + name + "/fd/" + descriptor));
      for (auto at = first; at != last; ++at) {
        if (at->second->pid == 0 || *pid < at->second->pid) at->second->pid = *pid;
      }
    }
  }
}

std::string state_name(unsigned state) {
  static constexpr std::pair<unsigned, const char*> names[] = {
      {NUD_INCOMPLETE, "incomplete"}, {NUD_REACHABLE, "reachable"}, {NUD_STALE, "stale"}, {NUD_DELAY, "delay"},
      {NUD_PROBE, "probe"},           {NUD_FAILED, "failed"},       {NUD_NOARP, "noarp"}, {NUD_PERMANENT, "permanent"}};
  for (const auto& [bit, name] : names) {
    if ((state & bit) != 0) return name;
  }
  return {};
}

std::string with_colons(std::string_view bytes) {
  std::string digits = text::hex(bytes);
  for (std::size_t i = 2; i < digits.size(); i += 3) digits.insert(i, ":");
  return digits;
}

std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }  // netlink(7)

// Reads a structure from the front of bytes and removes them, with its padding; false when they are too few.
template <class T>
bool take(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(std::min(bytes.size(), padded(sizeof value)));
  return true;
}

// Calls `use` with the type and the value of each attribute (rtnetlink(7)).
void each_attribute(std::string_view bytes, const std::function<void(unsigned, std::string_view)>& use) {
  rtattr head{};
  while (bytes.size() >= sizeof head) {
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > bytes.size()) return;
    use(head.rta_type, bytes.substr(sizeof head, head.rta_len - sizeof head));
    bytes.remove_prefix(std::min(bytes.size(), padded(head.rta_len)));
  }
}

// The body of one message of the kernel's answer: a structure, then attributes.
void add_neighbour(std::string_view message, std::vector<Neighbour>& found) {
  ndmsg entry{};
  if (!take(message, entry) || (entry.ndm_family != AF_INET && entry.ndm_family != AF_INET6)) return;
  const std::size_t address_size = entry.ndm_family == AF_INET ? 4 : 16;

  Neighbour neighbour;
  neighbour.state = state_name(entry.ndm_state);
  std::array<char, IF_NAMESIZE> name{};
  if (::if_indextoname(static_cast<unsigned>(entry.ndm_ifindex), name.data()) != nullptr)
    neighbour.interface = name.data();
  each_attribute(message, [&](unsigned type, std::string_view value) {
    if (type == NDA_DST && value.size() == address_size) neighbour.address = address_in_words(value);
    if (type == NDA_LLADDR && value.size() == 6) neighbour.mac = with_colons(value);
  });

  const bool known = !neighbour.mac.empty() && neighbour.mac != "00:00:00:00:00:00" && !neighbour.address.empty();
  if (known && (entry.ndm_state & (NUD_FAILED | NUD_NOARP)) == 0) found.push_back(std::move(neighbour));
}

// Takes the messages of one block; false after the last one.
bool add_messages(std::string_view block, std::vector<Neighbour>& found) {
  nlmsghdr head{};
  while (block.size() >= sizeof head) {
    std::memcpy(&head, block.data(), sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > block.size()) return false;
    if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR) return false;
    if (head.nlmsg_type == RTM_NEWNEIGH) add_neighbour(block.substr(sizeof head, head.nlmsg_len - sizeof head), found);
    block.remove_prefix(std::min(block.size(), padded(head.nlmsg_len)));
  }
  return true;
}

bool ask_kernel(const UniqueFd& socket) {
  struct {
    nlmsghdr header;
    ndmsg entry;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETNEIGH;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.entry.ndm_family = AF_UNSPEC;
  return ::send(socket.get(), &request, sizeof request, 0) == static_cast<ssize_t>(sizeof request);
}

std::vector<Neighbour> kernel_neighbours() {
  std::vector<Neighbour> found;
  const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket || !ask_kernel(socket)) return found;

  std::array<char, 32 << 10> buffer{};
  for (bool more = true; more;) {
    const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    more = add_messages({buffer.data(), static_cast<std::size_t>(got)}, found);
  }
  return found;
}

// "192.0.2.1  0x1  0x2  02:00:00:00:00:01  *  eth0"; flag 2: the address is known
std::vector<Neighbour> recorded_neighbours(const SystemRoot& root) {
  std::vector<Neighbour> found;
  root.each_line("proc/net/arp", [&](std::string_view line) {
    const std::vector<std::string> words = text::split(line, ' ');
    if (words.size() == 6 && words[2] == "0x2") found.push_back({words[0], words[3], words[5], ""});
  });
  return found;
}

}  // namespace

std::vector<ListeningSocket> listening_sockets(const SystemRoot& root) {
  constexpr std::string_view tcp_listen = "0A";
  constexpr std::string_view udp_unconnected = "07";
  std::vector<ListeningSocket> found;
  add_sockets(root, "tcp", "tcp", tcp_listen, found);
  add_sockets(root, "tcp6", "tcp", tcp_listen, found);
  add_sockets(root, "udp", "udp", udp_unconnected, found);
  add_sockets(root, "udp6", "udp", udp_unconnected, found);
  add_owners(root, found);
  return found;
}

std::vector<Neighbour> neighbours(const SystemRoot& root) {
  return root.live() ? kernel_neighbours() : recorded_neighbours(root);
}

}  // namespace muster::platform
