// What a command that is interrupted says last.
#pragma once

#include <string>

namespace muster::platform {

// While it lives, an interrupt (Ctrl-C, or a request to end) writes the line to standard error, in the place of a
// progress bar, before it ends the process as it would have without it. One object at a time in a process; what the
// process was started to ignore stays ignored.
class InterruptNotice {
 public:
  explicit InterruptNotice(const std::string& line);  // its first 1,000 bytes
  InterruptNotice(const InterruptNotice&) = delete;
  InterruptNotice& operator=(const InterruptNotice&) = delete;
  ~InterruptNotice();
};

}  // namespace muster::platform
