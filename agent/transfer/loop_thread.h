// The thread behind a Loop: a multi handle, its exchanges and two queues. Private to this folder.
#pragma once

#include <curl/curl.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <variant>
#include <vector>

#include "agent/transfer/exchange.h"
#include "agent/transfer/loop.h"

namespace muster::transfer {

struct Cancel {};

struct Command {
  ExchangeId id = 0;
  std::variant<Request, Probe, Cancel> what;
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
  void post(Event event);
  void notify_owner();
  void post_finished(ExchangeId id, Outcome outcome);

  ssl::ClientContext context_;
  std::function<void()> notify_;
  std::shared_ptr<SharedRateLimiter> limiter_;
  std::vector<ExchangeId> paused_;
  SteadyTime resume_at_{};  // with anything paused
  ExchangeHooks hooks_;
  CURLM* multi_ = nullptr;
  CURLSH* share_ = nullptr;
  std::map<ExchangeId, std::unique_ptr<Exchange>> exchanges_;
  std::map<std::string, IpVersion> families_;
  std::map<int, int> sockets_;          // of connections, by local port
  std::set<std::string> failed_names_;  // to be resolved again
  std::map<Group, ExchangeId> winners_;
  bool news_ = false;           // an event that the owner waits for was posted in this turn
  std::vector<Group> decided_;  // groups whose losers are still to be dropped

  std::mutex command_mutex_;
  std::deque<Command> commands_;
  bool stopping_ = false;
  bool gathering_ = false;  // this and the next belong to the deciding thread
  bool gathered_ = false;

  std::mutex event_mutex_;
  std::condition_variable event_ready_;
  std::deque<Event> events_;
  bool notified_ = false;  // the owner was notified and has not taken all events yet

  std::thread thread_;  // last: everything it uses is there before it starts
};

}  // namespace muster::transfer
