// Runs a command and strikes at one of its system calls: kills the process there, before the call is made, or lets the
// call fail without being made. Calls are counted over all threads together, in the order in which they begin: strace
// counts each thread for itself, so that a call of one thread hides that of another.
//
//   muster_fault REPORT count|kill|ERRNO CALL AT COMMAND...
//
// CALL is a name from call_names.h, or "any" of them; AT counts from 1, after the exec of COMMAND. REPORT gets a line
// for each counted call: its name, and " !" behind the one that was struck ("wake" is a thread's call to another). The
// exit code is the command's, 128 + N when signal N ended it, 125 when this tool failed.
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "tests/tools/call_names.h"

namespace {

constexpr int tool_failed = 125;
constexpr int syscall_stop = SIGTRAP | 0x80;  // as PTRACE_O_TRACESYSGOOD marks it

volatile std::sig_atomic_t command_pid = 0;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "muster_fault: %s: %s (errno %d)\n", what, std::strerror(errno), errno);
  if (command_pid != 0) ::kill(command_pid, SIGKILL);
  std::exit(tool_failed);
}

extern "C" void pass_on(int number) {
  if (command_pid != 0) ::kill(command_pid, number);
}

struct Plan {
  std::string report;
  bool kill = false;
  std::optional<int> error;
  std::string call;
  long at = 0;
};

class Tracer {
 public:
  Tracer(const Plan& plan, pid_t command) : plan_(plan), command_(command), report_(plan.report) {
    if (!report_) give_up("cannot write the report");
  }

  // Until the command has ended; returns its exit code.
  int run() {
    for (;;) {
      int status = 0;
      const pid_t thread = ::waitpid(-1, &status, __WALL);
      if (thread < 0 && errno == EINTR) continue;
      if (thread < 0) give_up("cannot wait for the command");
      if (WIFSTOPPED(status)) {
        on_stop(thread, status);
      } else if (thread == command_) {
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
    }
  }

 private:
  void on_stop(pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    if (event == PTRACE_EVENT_EXEC) running_ = true;
    if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
      go_on(PTRACE_LISTEN, thread, 0);  // SIGSTOP and its kind: it shall stay stopped
    } else if (event != 0) {
      go_on(PTRACE_SYSCALL, thread, 0);
    } else if (signal == syscall_stop) {
      if (running_) on_call(thread);
      go_on(PTRACE_SYSCALL, thread, 0);
    } else {
      go_on(PTRACE_SYSCALL, thread, signal);
    }
  }

  void on_call(pid_t thread) {
    __ptrace_syscall_info info{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) < 0) return;  // it was killed meanwhile
    if (info.op == PTRACE_SYSCALL_INFO_EXIT && failing_.erase(thread) > 0) return set_result(thread);
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return;
    const char* name = muster::tools::name_of_call(info.entry.nr);
    if (name == nullptr) return;
    // A single byte is no message to a server, but libcurl's to its own poll over a socket pair, which cannot fail.
    if (info.entry.nr == SYS_sendto && info.entry.args[2] == 1) name = "wake";
    const bool meant = plan_.call == "any" || plan_.call == name;
    const bool struck = meant && ++seen_ == plan_.at && (plan_.kill || plan_.error);
    report_ << name << (struck ? " !\n" : "\n");
    if (!struck) return;
    if (plan_.kill) {
      ::kill(command_, SIGKILL);
    } else {
      skip_call(thread);
    }
  }

  void skip_call(pid_t thread) {
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, thread, nullptr, &registers) < 0) give_up("cannot read registers");
    registers.orig_rax = ~0ULL;  // no such call: the kernel does nothing
    if (::ptrace(PTRACE_SETREGS, thread, nullptr, &registers) < 0) give_up("cannot set registers");
    failing_.insert(thread);
  }

  void set_result(pid_t thread) const {
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, thread, nullptr, &registers) < 0) give_up("cannot read registers");
    registers.rax = static_cast<unsigned long long>(-static_cast<long long>(plan_.error.value_or(0)));
    if (::ptrace(PTRACE_SETREGS, thread, nullptr, &registers) < 0) give_up("cannot set registers");
  }

  static void go_on(__ptrace_request how, pid_t thread, int signal) {
    // ESRCH: it was killed while it was stopped; waitpid will tell.
    if (::ptrace(how, thread, nullptr, static_cast<long>(signal)) < 0 && errno != ESRCH) give_up("cannot continue");
  }

  const Plan& plan_;
  pid_t command_;
  std::ofstream report_;
  std::set<pid_t> failing_;
  bool running_ = false;  // false until our own child has become the command
  long seen_ = 0;
};

// The child waits until it is traced, so that no call of the command is missed.
pid_t start(char** words) {
  int gate[2];
  if (::pipe2(&gate[0], O_CLOEXEC) != 0) give_up("cannot make a pipe");
  const pid_t child = ::fork();
  if (child < 0) give_up("cannot fork");
  if (child == 0) {
    char go = 0;
    ::close(gate[1]);
    if (::read(gate[0], &go, 1) == 1) ::execvp(words[0], words);
    std::fprintf(stderr, "muster_fault: cannot run %s: %s\n", words[0], std::strerror(errno));
    ::_exit(tool_failed);
  }
  command_pid = child;
  constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                           PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (::ptrace(PTRACE_SEIZE, child, nullptr, options) < 0) give_up("cannot trace the command");
  // Stops it once, to be continued to its next system call; running free it would not stop at any.
  if (::ptrace(PTRACE_INTERRUPT, child, nullptr, nullptr) < 0) give_up("cannot stop the command");
  if (::write(gate[1], "g", 1) != 1) give_up("cannot start the command");
  ::close(gate[0]);
  ::close(gate[1]);
  return child;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fputs("usage: muster_fault REPORT count|kill|ERRNO CALL AT COMMAND...\n", stderr);
    return tool_failed;
  }
  Plan plan;
  plan.report = argv[1];
  const std::string_view kind = argv[2];
  plan.kill = kind == "kill";
  if (!plan.kill && kind != "count") plan.error = std::atoi(argv[2]);
  plan.call = argv[3];
  plan.at = std::atol(argv[4]);
  std::signal(SIGTERM, pass_on);
  std::signal(SIGINT, pass_on);
  const pid_t command = start(argv + 5);
  return Tracer(plan, command).run();
}
