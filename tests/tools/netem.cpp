// muster_netem LINK...: joins network namespaces by TUN devices and delays, loses and limits their packets in user
// space, for kernels without netem. Needs root. A LINK is eight words:
//
//   NAMESPACE_A ADDRESS_A/LEN NAMESPACE_B ADDRESS_B/LEN DELAY_MS LOSS_PERCENT RATE_MBIT DEVICE
//
// Each way is delayed by DELAY_MS; RATE_MBIT 0 is no limit. The device has the same name on both sides. Says "ready"
// when all links are up, and runs until it is killed. Meanwhile a line "LINK DELAY_MS LOSS_PERCENT RATE_MBIT" on
// standard input changes a link, counted from 0, and is answered by "changed".
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t largest_packet = 65'536;
constexpr std::size_t longest_queue = 16'384;  // packets
constexpr int words_per_link = 8;
constexpr int packets_per_turn = 64;

struct Packet {
  Clock::time_point due;
  std::vector<char> bytes;
};

// One way of a link: packets from one device to the other.
struct Direction {
  int from = -1;
  int to = -1;
  Clock::duration delay{};
  double loss = 0;              // of 1
  double bytes_per_second = 0;  // 0: no limit
  Clock::time_point line_free{};
  std::deque<Packet> queue{};
};

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "muster_netem: %s: %s (errno %d)\n", what.c_str(), std::strerror(errno), errno);
  std::exit(1);
}

void enter(const std::string& name) {
  const std::string path = "/var/run/netns/" + name;
  const int space = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (space < 0 || ::setns(space, CLONE_NEWNET) != 0) die("entering " + path);
  ::close(space);
}

int make_device(const std::string& space, const std::string& device, const std::string& address) {
  enter(space);
  const int tun = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  device.copy(&request.ifr_name[0], IFNAMSIZ - 1);
  if (tun < 0 || ::ioctl(tun, TUNSETIFF, &request) != 0) die("making device " + device + " in " + space);
  const std::string up = "ip link set " + device + " up txqueuelen 1000 && ip addr add " + address + " dev " + device;
  if (std::system(up.c_str()) != 0) die(up);
  return tun;
}

bool lost(double loss) {
  static std::minstd_rand engine{1};
  return loss > 0 && std::uniform_real_distribution<double>(0, 1)(engine) < loss;
}

void take_in(Direction& way, Clock::time_point now) {
  static std::vector<char> buffer(largest_packet);
  for (int i = 0; i < packets_per_turn; ++i) {
    const ssize_t size = ::read(way.from, buffer.data(), buffer.size());
    if (size <= 0) return;
    if (lost(way.loss) || way.queue.size() >= longest_queue) continue;
    way.line_free = std::max(way.line_free, now);
    if (way.bytes_per_second > 0) {
      const Seconds sending(static_cast<double>(size) / way.bytes_per_second);
      way.line_free += std::chrono::duration_cast<Clock::duration>(sending);
    }
    way.queue.push_back({way.line_free + way.delay, {buffer.begin(), buffer.begin() + size}});
  }
}

void let_out(Direction& way, Clock::time_point now) {
  while (!way.queue.empty() && way.queue.front().due <= now) {
    const auto& bytes = way.queue.front().bytes;
    static_cast<void>(!::write(way.to, bytes.data(), bytes.size()));  // a full device loses it, as a line does
    way.queue.pop_front();
  }
}

void set(Direction& way, double delay_ms, double loss_percent, double rate_mbit) {
  way.delay = std::chrono::duration_cast<Clock::duration>(Seconds(delay_ms / 1000));
  way.loss = loss_percent / 100;
  way.bytes_per_second = rate_mbit * 1e6 / 8;
}

// False: nothing more will come.
bool take_change(std::vector<Direction>& ways) {
  char line[128];
  if (std::fgets(line, sizeof line, stdin) == nullptr) return false;

  std::size_t link = 0;
  double delay_ms = 0;
  double loss_percent = 0;
  double rate_mbit = 0;
  const bool whole = std::sscanf(line, "%zu %lf %lf %lf", &link, &delay_ms, &loss_percent, &rate_mbit) == 4;
  if (!whole || 2 * link + 1 >= ways.size()) return true;
  for (std::size_t i = 2 * link; i < 2 * link + 2; ++i) set(ways[i], delay_ms, loss_percent, rate_mbit);
  std::puts("changed");
  std::fflush(stdout);
  return true;
}

void carry(std::vector<Direction>& ways) {
  std::vector<pollfd> waited;
  for (const Direction& way : ways) waited.push_back({way.from, POLLIN, 0});
  waited.push_back({STDIN_FILENO, POLLIN, 0});
  std::setvbuf(stdin, nullptr, _IONBF, 0);
  for (;;) {
    auto next = Clock::now() + std::chrono::seconds(1);
    for (Direction& way : ways) {
      let_out(way, Clock::now());
      if (!way.queue.empty()) next = std::min(next, way.queue.front().due);
    }
    const auto left = std::max(next - Clock::now(), Clock::duration::zero());
    const auto whole = std::chrono::floor<std::chrono::seconds>(left);
    const timespec wait{whole.count(), std::chrono::nanoseconds(left - whole).count()};
    if (::ppoll(waited.data(), waited.size(), &wait, nullptr) <= 0) continue;
    const auto now = Clock::now();
    if (waited.back().revents != 0 && !take_change(ways)) waited.back().fd = -1;
    for (std::size_t i = 0; i < ways.size(); ++i) {
      if ((waited[i].revents & POLLIN) != 0) take_in(ways[i], now);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || words.size() % words_per_link != 0) {
    std::fputs("usage: muster_netem NS_A ADDRESS_A NS_B ADDRESS_B DELAY_MS LOSS_PERCENT RATE_MBIT DEVICE ...\n",
               stderr);
    return 2;
  }
  std::vector<Direction> ways;
  for (std::size_t i = 0; i < words.size(); i += words_per_link) {
    const std::string* link = &words[i];
    Direction there;
    there.from = make_device(link[0], link[7], link[1]);
    there.to = make_device(link[2], link[7], link[3]);
    set(there, std::stod(link[4]), std::stod(link[5]), std::stod(link[6]));
    Direction back = there;
    std::swap(back.from, back.to);
    ways.push_back(std::move(there));
    ways.push_back(std::move(back));
  }
  ::prctl(PR_SET_TIMERSLACK, 1000);
  ::prctl(PR_SET_PDEATHSIG, 9);
  std::puts("ready");
  std::fflush(stdout);
  carry(ways);
}
