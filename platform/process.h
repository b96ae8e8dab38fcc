// What a process of ours wants of its system before it does anything.
#pragma once

namespace muster::platform {

// A reader that went away (SIGPIPE) or a file-size limit (SIGXFSZ) becomes an error of the call that met it; a lease
// that somebody breaks (SIGIO) ends nothing.
void ignore_file_signals();

long process_id();

// Ends the process with what its streams hold written, and leaves the rest to the system: the libraries would take a
// tenth of a small upload's time to free each piece of their own memory. With a sanitizer they do, as it looks for
// leaks.
[[noreturn]] void end_process(int code);

}  // namespace muster::platform
