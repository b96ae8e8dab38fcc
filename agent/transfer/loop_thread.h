// The thread behind a Loop: a multi handle, its exchanges and two queues. Private to this folder.
#pragma once

#include <curl/curl.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/transfer/command_queue.h"
#include "agent/transfer/event_queue.h"
#include "agent/transfer/exchange.h"
#include "agent/transfer/loop.h"

namespace muster::transfer {

// What a loop remembers of connections, beyond the exchange that opened them.
struct KnownConnections {
  FamilyTurns::Known families;
  std::map<int, int> sockets;          // by local port
  std::set<std::string> failed_names;  // to be resolved again
};

class Loop::Thread {
 public:
  Thread(ssl::ClientContext context, std::function<void()> notify, std::shared_ptr<SharedRateLimiter> limiter);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();

  Status start();                 // once, before anything else
  void command(Command command);  // the deciding thread, as the next two
  void gather(bool on);           // commands wait; off: they are taken
  std::optional<Event> next(SteadyTime deadline);

 private:
  void run();
  bool take_commands();  // false: stop
  void obey(Command command);
  template <class T>
  void add(ExchangeId id, T what);
  bool any_connects() const;
  void collect_finished();
  void drop_losers();
  void resume_paused();
  int wait_ms() const;
  void remove(ExchangeId id, Cause cause);
  bool pass(Group group, ExchangeId id);
  void post_finished(ExchangeId id, Outcome outcome);

  ssl::ClientContext context_;
  std::shared_ptr<SharedRateLimiter> limiter_;
  std::vector<ExchangeId> paused_;
  SteadyTime resume_at_{};  // with anything paused
  ExchangeHooks hooks_;
  CURLM* multi_ = nullptr;
  CURLSH* share_ = nullptr;
  std::map<ExchangeId, std::unique_ptr<Exchange>> exchanges_;
  KnownConnections known_;
  std::map<Group, ExchangeId> winners_;
  std::vector<Group> decided_;  // groups whose losers are still to be dropped
  CommandQueue commands_;
  EventQueue events_;
  std::thread thread_;  // last: everything it uses is there before it starts
};

}  // namespace muster::transfer
