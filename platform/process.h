// What a process of ours wants of its system before it does anything.
#pragma once

#include <vector>

namespace muster::platform {

// A reader that went away (SIGPIPE) or a file-size limit (SIGXFSZ) becomes an error of the call that met it; a lease
// that another process breaks (SIGIO) ends nothing.
void ignore_file_signals();

// Takes every variable out of the environment by which the TLS and HTTP libraries would trust, show or write something
// else than the preferences say: their configuration, modules, CAs, key logs. To be called before anything else, on the
// only thread. The system's own configuration of OpenSSL, at its compiled-in place, stays in force.
void clean_environment();

// From here on a core dump has nothing of this process's memory in it: keys and passwords may lie anywhere there.
void keep_memory_out_of_dumps();

// No core dump, and no other process of the same user looks into this one's memory. Root's still do.
void forbid_dumps();

// The words of the command line in UTF-8, as main() gets them elsewhere; they last as long as the process.
std::vector<const char*> arguments(int count, const char* const* words);

long process_id();

// Ends the process with what its streams hold written, and leaves the rest to the system: the libraries would take a
// tenth of a small upload's time to free each piece of their own memory. With a sanitizer they do, as it looks for
// leaks.
[[noreturn]] void end_process(int code);

}  // namespace muster::platform
