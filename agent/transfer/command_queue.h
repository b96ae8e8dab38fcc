// Commands on their way down to the thread of a loop. Private to this folder.
#pragma once

#include <deque>
#include <mutex>
#include <variant>

#include "agent/transfer/loop.h"

namespace muster::transfer {

struct Cancel {};

struct Command {
  ExchangeId id = 0;
  std::variant<Request, Probe, Cancel> what;
};

class CommandQueue {
 public:
  // On the deciding thread. True: the loop has to be woken.
  bool push(Command command);
  bool gather(bool on);  // while it is on, commands wake the loop once at the end

  void stop();  // any thread

  // On the thread of the loop. False: it has to stop.
  bool take_all(std::deque<Command>& taken);

 private:
  std::mutex mutex_;
  std::deque<Command> commands_;
  bool stopping_ = false;
  bool gathering_ = false;  // this and the next belong to the deciding thread
  bool gathered_ = false;
};

}  // namespace muster::transfer
