// muster_choose [--any-speed] [BEACONS]: what choosing a beacon costs when all have a history, beside what asking a
// single one would cost at the least, a TCP connection over loopback. Prints both and their ratio; ends with 1 where
// the goal is missed, but for --any-speed.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <string_view>

#include "agent/beacon/choice.h"
#include "platform/unique_fd.h"

namespace {

using namespace muster;

const WallTime noon{std::chrono::hours(500'000)};
constexpr double goal_us = 10;

struct Known {
  std::vector<beacon::Candidate> candidates;
  std::vector<beacon::Record> records;

  explicit Known(std::size_t count) : candidates(count), records(count) {
    for (std::size_t i = 0; i < count; ++i) {
      candidates[i].weight = beacon::rendezvous_weight("device", std::to_string(i));
      const double us = 4'000 + 2'000 * static_cast<double>(i);
      for (auto* average : {&records[i].connect, &records[i].tls, &records[i].answer}) {
        average->add(us, noon);
      }
      records[i].heard = noon;
      if (i % 5 == 4) learn_failure(records[i], {beacon::Fault::connect, noon, noon, seconds(0), 1}, 0.5);
    }
  }
};

template <class Action>
double us_each(int times, Action action) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) action(i);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / times;
}

double choosing(std::size_t beacons) {
  const Known known(beacons);
  const beacon::SelectionRules rules;
  const std::vector<bool> none;
  std::size_t places = 0;
  const double us = us_each(100'000, [&](int i) {
    const beacon::Situation situation{known.candidates, known.records,          rules, none, beacon::Direction::upload,
                                      20'000,           noon + milliseconds(i), 1};
    places += choose(situation).places.size();
  });
  return places > 0 ? us : 0;
}

double connecting() {
  const platform::UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), any, size) != 0 || ::listen(listener.get(), 64) != 0 ||
      ::getsockname(listener.get(), any, &size) != 0) {
    return 0;
  }
  return us_each(5'000, [&](int) {
    const platform::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(client.get(), any, size) == 0)
      const platform::UniqueFd server(::accept(listener.get(), nullptr, nullptr));
  });
}

}  // namespace

int main(int count, char** words) {
  const bool any_speed = count > 1 && words[1] == std::string_view("--any-speed");
  const int number = any_speed ? 2 : 1;
  const std::size_t beacons = count > number ? std::strtoul(words[number], nullptr, 10) : 50;
  const double choice = choosing(beacons);
  const double connection = connecting();
  if (choice <= 0 || connection <= 0) {
    fmt::print(stderr, "muster_choose: nothing was measured\n");
    return 1;
  }
  fmt::print(
      "choosing among {} beacons: {:.2f} us; one connection over loopback: {:.2f} us; ratio {:.2f}; goal <= {} us: "
      "{}\n",
      beacons, choice, connection, choice / connection, goal_us, choice <= goal_us ? "met" : "missed");
  return choice <= goal_us || any_speed ? 0 : 1;
}
