// Runs a program that is not ours and may misbehave: for so long and with so much output at most.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/result.h"

namespace muster::platform {

struct BoundedProgram {
  std::vector<std::string> arguments;                            // the first is the absolute path of the program
  std::string input;                                             // its standard input
  std::vector<std::pair<std::string, std::string>> environment;  // added to this process's own
  milliseconds time_limit{0};
  std::size_t max_output = 0;  // bytes of standard output
};

struct ProgramRun {
  std::string output;    // its whole standard output
  std::string messages;  // what it wrote to standard error, cut after 16 KiB
  Status ended;          // how: an error of kind failure where not with 0, in time and with little enough output
};

// Starts it without a shell, in a process group of its own, in the present folder, with no other descriptor of ours.
// Blocks until it has ended; where it goes on for too long or prints too much, its whole group is killed. The error is
// of kind failure: it could not be started. Not on Windows. Only for a process without other children.
Result<ProgramRun> run_bounded(const BoundedProgram& program);

}  // namespace muster::platform
